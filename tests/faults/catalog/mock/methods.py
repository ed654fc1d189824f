"""Faults in the responses to methods and paths that no operation has, and to the media type of a request."""

from collections.abc import Callable
from typing import Any

from attrs import evolve

from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.faults.catalog.interceptors import PATHS, intercept, on_response, render
from tests.faults.catalog.layers import BAD_SIGNATURES
from tests.faults.catalog.request_repairs import repaired
from tests.faults.seeded_fault import Plant, SeededFault
from tests.faults.world import Handle

__all__ = ["METHOD_FAULTS"]

Respond = Callable[[WireRequest], WireResponse]
TEXT = {"content-type": "text/plain"}


def allow(value: str | Callable[[WireRequest], str] | None) -> Plant:
    """Set or remove the header `Allow` of responses with status 405."""

    def change(request: WireRequest, response: WireResponse) -> WireResponse:
        if response.status != 405:
            return response
        headers = {name: text for name, text in response.headers.items() if name != "allow"}
        if value is not None:
            headers["allow"] = value if isinstance(value, str) else value(request)
        return evolve(response, headers=headers)

    return on_response(change)


def to_method(method: str, respond: Respond) -> Plant:
    """Respond to a method in another way than the mock."""

    def handle_with(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        return respond(request) if request.method == method and request.path in PATHS.values() else handle(request)

    return intercept(handle_with)


def executed_as_post(*methods: str) -> Plant:
    """Execute requests with a method as if it were POST."""
    return repaired(
        lambda request, exchange: evolve(request, method="POST" if request.method in methods else request.method)
    )


def unknown_path(respond: Callable[[WireRequest, WireResponse], WireResponse]) -> Plant:
    """Respond to a path that no operation has in another way than the mock."""
    return on_response(
        lambda request, response: response if request.path in PATHS.values() else respond(request, response)
    )


def echo(request: WireRequest) -> WireResponse:
    """Return the request's headers, which contain the key and the signature, as TRACE does."""
    text = "\r\n".join(f"{name}: {value}" for name, value in request.headers)
    return WireResponse(200, {"content-type": "message/http"}, text.encode())


def rejecting_json(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Reject the media type of the documentation's samples."""
    if request.header("Content-Type") == "application/json":
        body = render({"result": "error", "reason": "System", "message": "Unsupported Media Type"})
        return WireResponse(415, {"content-type": "application/json"}, body)
    return handle(request)


def broken_405(request: WireRequest, response: WireResponse) -> WireResponse:
    """Return half of the JSON with status 405."""
    return evolve(response, body=response.body[:9]) if response.status == 405 else response


NOT_FOUND = render({"result": "error", "reason": "EndpointNotFound", "message": "API entry point not found"})
# Name and plant; the layer `bad_signatures` must detect each.
ROWS: tuple[tuple[str, Plant], ...] = (
    ("status 405: without the header Allow", allow(None)),
    ("status 405: Allow is empty", allow("")),
    ("status 405: Allow names only GET", allow("GET, HEAD")),
    ("status 405: Allow names the rejected method too", allow(lambda request: f"POST, {request.method}")),
    ("status 405: the JSON is cut", on_response(broken_405)),
    (
        "responds to GET with 404 instead of 405",
        to_method("GET", lambda request: WireResponse(404, {"content-type": "application/json"}, NOT_FOUND)),
    ),
    ("responds to HEAD with 200", to_method("HEAD", lambda request: WireResponse(200, TEXT, b""))),
    ("responds to OPTIONS with 200 and no methods", to_method("OPTIONS", lambda request: WireResponse(200, TEXT, b""))),
    (
        "responds to OPTIONS with 204 and methods without POST",
        to_method("OPTIONS", lambda request: WireResponse(204, {"allow": "GET, HEAD"}, b"")),
    ),
    ("responds to DELETE with 501", to_method("DELETE", lambda request: WireResponse(501, TEXT, b""))),
    ("responds to TRACE with the request", to_method("TRACE", echo)),
    ("executes PATCH as POST", executed_as_post("PATCH")),
    ("executes GET as POST", executed_as_post("GET")),
    (
        "responds to GET of an unknown path with 405",
        unknown_path(lambda request, response: evolve(response, status=405, headers={"allow": "POST"}) if request.method == "GET" else response),
    ),
    (
        "responds to an unknown path with HTML",
        unknown_path(lambda request, response: WireResponse(404, {"content-type": "text/html"}, b"<h1>Not Found</h1>")),
    ),
    ("responds to an unknown path with 401", unknown_path(lambda request, response: evolve(response, status=401))),
    (
        "ignores letter cases in the path",
        repaired(lambda request, exchange: evolve(request, path=request.path.lower())),
    ),
    ("rejects the media type of the documentation's samples with 415", intercept(rejecting_json)),
)  # fmt: skip
METHOD_FAULTS = tuple(SeededFault(name, "mock", BAD_SIGNATURES, plant) for name, plant in ROWS)
