"""
openapi-core, as the suite uses it: a second opinion on a request, by the wire view of the spec.

It knows nothing of signatures and reasons; the suite's own verdict does.
"""

from __future__ import annotations

import json
from functools import cache

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest

from ...spec import Spec
from ...wire import PAYLOAD_MEDIA_TYPE, WireRequest, decode_base64, wire_view

__all__ = ["openapi_core_errors"]

# Requests are told apart by their path; where they are sent is none of the spec's business.
ORIGIN = "http://127.0.0.1:9"


def openapi_core_errors(spec: Spec, request: WireRequest) -> list[str]:
    """What is wrong with a request, in openapi-core's words; empty for a valid one."""
    asked = MockRequest(ORIGIN, request.method.lower(), request.path, headers=dict(request.headers))
    return [type(error).__name__ for error in _judge(json.dumps(spec.document)).unmarshal_request(asked).errors]


@cache
def _judge(text: str) -> OpenAPI:
    """One for each content of the spec, as it takes long to make; a forked process inherits it."""
    return OpenAPI.from_dict(
        {**wire_view(json.loads(text)), "servers": [{"url": ORIGIN}]},
        config=Config(extra_media_type_deserializers={PAYLOAD_MEDIA_TYPE: _deserialize}),
    )


def _deserialize(value: bytes | str, **parameters: str) -> object:
    return json.loads(decode_base64(value if isinstance(value, str) else value.decode()))
