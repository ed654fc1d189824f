"""openapi-core: a second validator of the client's requests, by the wire view of the spec."""

import json
from functools import cache

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from ...spec import Spec
from ...wire import PAYLOAD_MEDIA_TYPE, WireRequest, decode_base64, wire_view

__all__ = ["openapi_core_errors"]

# An address that matches the `servers` of the document below.
ORIGIN = "http://127.0.0.1:9"


def openapi_core_errors(spec: Spec, request: WireRequest) -> list[str]:
    """Return the types of the errors that openapi-core finds in a request."""
    given = MockRequest(
        ORIGIN,
        request.method.lower(),
        request.path,
        headers=dict(request.headers),
        data=request.body or None,
        content_type=request.header("Content-Type") or "",
    )
    return [type(error).__name__ for error in _validator(json.dumps(spec.document)).unmarshal_request(given).errors]


# Slow to create; a forked process inherits the cache.
@cache
def _validator(document: str) -> OpenAPI:
    return OpenAPI.from_dict(
        {**wire_view(json.loads(document)), "servers": [{"url": ORIGIN}]},
        config=Config(extra_media_type_deserializers={PAYLOAD_MEDIA_TYPE: _deserialize}),
    )


def _deserialize(value: bytes | str, **parameters: str) -> object:
    return json.loads(decode_base64(value if isinstance(value, str) else value.decode()))
