"""
CORS (https://fetch.spec.whatwg.org/#http-cors-protocol): lets pages of chosen origins send requests to the exchange.

It is off by default. Before a browser sends a request with the exchange's headers, it sends a preflight request:
OPTIONS, with the names of those headers.
"""

import re
from collections.abc import Callable, Collection

import msgspec

from ..errors import ControlError
from ..http._messages import Request, Response

__all__ = ["allow_origins", "check_origins"]

Handle = Callable[[Request], Response]

_EVERY = "*"
_MAX_AGE_S = "600"

# As a browser writes it (https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin); `null` is that of a file.
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^\s/?#@A-Z]+")


def check_origins(origins: Collection[str]) -> None:
    """
    Check that a browser can send each origin.

    Raises:
        ControlError: it cannot, so no page would be allowed.

    """
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ControlError(
                f"invalid origin {origin!r}. Use scheme, host and port in lower case and without a path, such as "
                "http://localhost:3000, or * for every origin."
            )


def allow_origins(handle: Handle, origins: Collection[str]) -> Handle:
    """Return a function that handles preflight requests, and adds the header that permits reading a response."""

    def handle_with_cors(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is None or (origin not in origins and _EVERY not in origins):
            return handle(request)
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return Response(204, _preflight_headers(request, origin), b"")
        response = handle(request)
        headers = {
            **response.headers,
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "retry-after",
            "vary": "origin",
        }
        return msgspec.structs.replace(response, headers=headers)

    return handle_with_cors


def _preflight_headers(request: Request, origin: str) -> dict[str, str]:
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": request.headers["access-control-request-method"],
        "access-control-allow-headers": request.headers.get("access-control-request-headers", ""),
        "access-control-max-age": _MAX_AGE_S,
        "vary": "origin",
    }
