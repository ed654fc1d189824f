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
from .signer import (
    AUTHORIZATION_HEADER,
    KEY_HEADER,
    SIGNATURE_HEADER,
    UNFUNDED,
    AccessToken,
    Caller,
    Desk,
    MasterKey,
    common_headers,
    request_by,
    sign,
    signed_request,
)
from .views import logical_view, wire_view

__all__ = [
    "AUTHORIZATION_HEADER",
    "KEY_HEADER",
    "NO_BODY",
    "OMITTED",
    "PAYLOAD_HEADER",
    "PAYLOAD_MEDIA_TYPE",
    "SIGNATURE_HEADER",
    "UNFUNDED",
    "AccessToken",
    "Caller",
    "Desk",
    "MasterKey",
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
    "request_by",
    "sign",
    "signed_request",
    "wire_view",
]
