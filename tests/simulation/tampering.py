"""
Changes to responses of the exchange: unusual encodings, unknown words, unreadable rows.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import msgspec

from gemini_clearing_mock import Response
from tests.simulation.pages import Page

__all__ = ["failed_cancel", "front_response", "page_response", "show_drift", "tamper"]

_JSON = {"content-type": "application/json"}
_Body = dict[str, msgspec.Raw]

# Results that reject, but that the spec does not list for the operation.
_UNKNOWN_REFUSALS = {
    "/v1/clearing/new": {"result": "Rejected"},
    "/v1/clearing/broker/new": {"result": "Rejected"},
    "/v1/clearing/cancel": {"result": "Failed", "details": "Unable to cancel"},
    "/v1/clearing/confirm": {"result": "rejected"},
}


def page_response(page: Page, retry_after: str | None, date: str | None) -> Response:
    """Return a page as a response."""
    headers = {**page.headers, **_retry_header(page.status, retry_after)}
    return Response(page.status, headers if date is None else {**headers, "date": date}, page.body)


def front_response(what: str, path: str, retry_after: str | None, date: str) -> Response:
    """Return the API's response to a request that it does not handle."""
    headers = {**_JSON, "date": date}
    if what == "unknown-word":
        return Response(200, headers, msgspec.json.encode(_UNKNOWN_REFUSALS[path]))
    status = {"RateLimit": 429, "Maintenance": 503, "OrderNotFound": 404}[what]
    body = {"result": "error", "reason": what, "message": f"{what}: try again later"}
    return Response(status, {**headers, **_retry_header(status, retry_after)}, msgspec.json.encode(body))


def failed_cancel(clearing_id: str, date: str) -> Response:
    """Return the exchange's response to the cancellation of an order that cannot be canceled any more."""
    body = {"result": "failed", "details": f"Unable to cancel order {clearing_id}"}
    return Response(200, {**_JSON, "date": date}, msgspec.json.encode(body))


def _retry_header(status: int, retry_after: str | None) -> dict[str, str]:
    return {"retry-after": retry_after} if retry_after is not None and status in {429, 503} else {}


def tamper(kind: str, response: Response, source: Random) -> Response:
    """Return the response with one change."""
    return _TAMPERINGS[kind](response, source)


def _bom(response: Response, source: Random) -> Response:
    return _with_body(response, b"\xef\xbb\xbf" + response.body)


def _utf_16(response: Response, source: Random) -> Response:
    body = response.body.decode().encode("utf-16")
    return Response(response.status, {**response.headers, "content-type": "application/json; charset=utf-16"}, body)


def _latin_1(response: Response, source: Random) -> Response:
    return _with_body(response, response.body.replace(b'"message":"', b'"message":"\xe9'))


def _unknown_word(response: Response, source: Random) -> Response:
    body = _read(response)
    if response.status == 200 and "result" in body:
        return _with_body(
            response, msgspec.json.encode({**body, "result": source.choice(("Noted", "accepted", "OK!"))})
        )
    return response


def _null_row(response: Response, source: Random) -> Response:
    return _with_rows(response, lambda rows: rows.insert(source.randint(0, len(rows)), msgspec.Raw(b"null")))


def _unreadable_row(response: Response, source: Random) -> Response:
    def garble(rows: list[Any]) -> None:
        if rows:
            at = source.randrange(len(rows))
            rows[at] = {**msgspec.json.decode(rows[at], type=_Body), "price": "nine", "status": 7}

    return _with_rows(response, garble)


def show_drift(response: Response, drifted: set[str]) -> Response:
    """Show some orders in a way that the spec does not list."""

    def change(rows: list[Any]) -> None:
        for at, row in enumerate(rows):
            fields = msgspec.json.decode(row, type=_Body | None)
            if fields and _text(fields.get("clearing_id")) in drifted:
                rows[at] = {**fields, "price": "nine", "status": 7}

    if response.status != 200 or not response.body.startswith(b"{"):
        return response
    body = _read(response)
    if _text(body.get("clearing_id")) in drifted and "status" in body:
        return _with_body(response, msgspec.json.encode({**body, "status": "UnderReview"}))
    return _with_rows(response, change)


def _text(value: msgspec.Raw | None) -> str | None:
    return None if value is None else bytes(value).decode().strip('"')


def _with_rows(response: Response, change: Callable[[list[Any]], None]) -> Response:
    body: dict[str, Any] = dict(_read(response))
    name = next((name for name in ("orders", "results") if name in body), None)
    if name is None:
        return response
    rows = msgspec.json.decode(body[name], type=list[msgspec.Raw])
    change(rows)
    return _with_body(response, msgspec.json.encode({**body, name: rows}))


def _read(response: Response) -> _Body:
    return msgspec.json.decode(response.body, type=_Body)


def _with_body(response: Response, body: bytes) -> Response:
    return msgspec.structs.replace(response, body=body)


_TAMPERINGS: dict[str, Callable[[Response, Random], Response]] = {
    "bom": _bom,
    "utf-16": _utf_16,
    "latin-1": _latin_1,
    "unknown-word": _unknown_word,
    "null-row": _null_row,
    "unreadable-row": _unreadable_row,
}
