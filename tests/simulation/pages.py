"""
Responses of proxies, block pages and gateways instead of the exchange's.

None of them is an error body of the API, so none proves that the exchange rejected a request.
"""

from dataclasses import dataclass, field

__all__ = ["PAGES", "RETRY_AFTER", "Page"]

_HTML = {"content-type": "text/html; charset=utf-8"}
_TEXT = {"content-type": "text/plain"}


@dataclass(frozen=True, slots=True)
class Page:
    """A response that the exchange did not make."""

    name: str
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: dict(_HTML))


PAGES = (
    Page("html-200", 200, b"<!DOCTYPE html><html><body>Please wait while we check your browser.</body></html>"),
    Page("empty-200", 200, b"", {}),
    Page("json-200", 200, b'{"status":"UP"}', {"content-type": "application/json"}),
    Page("captive-302", 302, b"", {"location": "https://portal.test/login"}),
    Page("html-400", 400, b"<html><body><h1>400 Bad Request</h1></body></html>"),
    Page("auth-401", 401, b'{"message":"Unauthorized"}', {"content-type": "application/json"}),
    Page("proxy-403", 403, b"<html><body>Access denied by your organization's policy.</body></html>"),
    Page("json-403", 403, b'{"error":"Forbidden"}', {"content-type": "application/json"}),
    Page("empty-404", 404, b"", {}),
    Page("html-404", 404, b"<html><body>Not here.</body></html>"),
    Page("proxy-407", 407, b"Proxy authentication required", _TEXT),
    Page("timeout-408", 408, b"", {}),
    Page("html-429", 429, b"<html><body>Too many requests</body></html>"),
    Page("text-500", 500, b"Internal Server Error", _TEXT),
    Page("html-502", 502, b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
    Page("html-503", 503, b"<html><body>Down for a moment.</body></html>"),
    Page("empty-503", 503, b"", {}),
    Page("html-504", 504, b"<html><body><h1>504 Gateway Time-out</h1></body></html>"),
    Page("text-520", 520, b"error code: 520", _TEXT),
    Page("text-527", 527, b"error code: 527", _TEXT),
)

# Values of `Retry-After` for 429 and 503: absent, invalid, short, and longer than any call.
RETRY_AFTER = (None, None, "0", "1", "2", "-1", "nan", "inf", "1e9", "Mon, 02 Mar 2026 09:00:05 GMT", "soon")
