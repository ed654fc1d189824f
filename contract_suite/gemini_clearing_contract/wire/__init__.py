"""Requests and responses as bytes: messages, encodings, the suite's own signer, and the wire view of the spec."""

from .encoding import OMITTED, decode_base64, encode_base64, parse_json, render_json
from .messages import (
    NO_BODY,
    PAYLOAD_HEADER,
    PAYLOAD_MEDIA_TYPE,
    WireRequest,
    WireResponse,
    encoding_of,
    payload_of,
    read_body,
)
from .signer import KEY_HEADER, SIGNATURE_HEADER, Desk, common_headers, sign, signed_request
from .views import logical_view, wire_view

__all__ = [
    "KEY_HEADER",
    "NO_BODY",
    "OMITTED",
    "PAYLOAD_HEADER",
    "PAYLOAD_MEDIA_TYPE",
    "SIGNATURE_HEADER",
    "Desk",
    "WireRequest",
    "WireResponse",
    "common_headers",
    "decode_base64",
    "encode_base64",
    "encoding_of",
    "logical_view",
    "parse_json",
    "payload_of",
    "read_body",
    "render_json",
    "sign",
    "signed_request",
    "wire_view",
]
