"""Accepted requests: faults of a server that responds to an invalid request as to a valid one."""

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gemini_clearing_contract.wire import KEY_HEADER, WireRequest
from tests.faults.catalog.interceptors import PATHS, payload_of, with_payload
from tests.faults.catalog.layers import BAD_SIGNATURES, CORPUS, ERROR_PRECEDENCE
from tests.faults.catalog.request_repairs import (
    ABSENT,
    Repair,
    add_missing_signature,
    correct_base64,
    correct_json,
    correct_nonce,
    correct_request_path,
    edit_payload,
    is_signed,
    move_body_to_payload,
    next_nonce,
    repaired,
    replace_signature,
    replace_truncated_signature,
    signature_accepted_too,
    signature_of_any_key,
    signature_over_json,
    signature_to_lower_case,
    signature_with_hash,
    with_header,
)
from tests.faults.seeded_fault import SeededFault

__all__ = ["ACCEPTED_REQUEST_FAULTS"]


def default(name: str, value: Any, *, of: str) -> Repair:
    """Set a missing field of an operation."""
    return edit_payload(lambda body: body.setdefault(name, value), of=of)


def coerce(name: str, change: Callable[[Any], Any], *, of: str | None = None) -> Repair:
    """Replace the value of a field by the result of a function."""

    def edit(body: dict[str, Any]) -> None:
        if name in body:
            body[name] = change(body[name])

    return edit_payload(edit, of=of)


def if_text(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Return a function that changes strings and no other value."""
    return lambda value: change(value) if isinstance(value, str) else value


def plain_digits(text: str) -> str:
    """Replace digits outside ASCII by those in it."""
    return unicodedata.normalize("NFKC", text)


def names_in_lower_case(body: dict[str, Any]) -> None:
    """Replace the names of fields by those in lower case."""
    for name in [name for name in body if name.isupper()]:
        body[name.lower()] = body.pop(name)


def if_number(change: Callable[[Decimal], Any]) -> Callable[[Any], Any]:
    """Return a function that changes numbers and no other value."""
    return lambda value: change(value) if isinstance(value, Decimal) else value


def key_to_lower_case(request: WireRequest, exchange: Any) -> WireRequest:
    """Convert the API key to lower case."""
    key = request.header(KEY_HEADER)
    return with_header(request, KEY_HEADER, key.lower()) if key else request


def send_as_trader(request: WireRequest, exchange: Any) -> WireRequest:
    """Sign the auditor's requests with a trader's key."""
    body = payload_of(request)
    if body is None or not (request.header(KEY_HEADER) or "").endswith("auditor") or not is_signed(request, exchange):
        return request
    trader = next(account.api_key for account in exchange.accounts if account.name == "initiator")
    nonce = next_nonce(exchange, "trader", 2_000_000_000_000_000)
    return with_payload(request, exchange, {**body, "nonce": nonce}, key=trader)


def send_as_post(request: WireRequest, exchange: Any) -> WireRequest:
    """Replace the HTTP method by POST."""
    return WireRequest("POST", request.path, request.headers, request.body)


# What is accepted, layer, repair.
ROWS: tuple[tuple[str, str, Repair], ...] = (
    # Key, signature and method.
    ("any signature", BAD_SIGNATURES, replace_signature),
    ("a missing signature", BAD_SIGNATURES, add_missing_signature),
    ("a signature in upper-case hex", BAD_SIGNATURES, signature_to_lower_case),
    ("a truncated signature", BAD_SIGNATURES, replace_truncated_signature),
    ("a signature of the JSON instead of the base64 text", BAD_SIGNATURES, signature_accepted_too(signature_over_json)),
    ("a signature by another key's secret", BAD_SIGNATURES, signature_accepted_too(signature_of_any_key)),
    ("a SHA-256 signature", BAD_SIGNATURES, signature_accepted_too(signature_with_hash("sha256"))),
    ("a SHA-512 signature", BAD_SIGNATURES, signature_accepted_too(signature_with_hash("sha512"))),
    ("an API key in upper case", BAD_SIGNATURES, key_to_lower_case),
    (
        "a bearer token next to the API key",
        BAD_SIGNATURES,
        lambda request, exchange: with_header(request, "Authorization", None),
    ),
    ("any HTTP method", BAD_SIGNATURES, send_as_post),
    # Base64 and JSON of the payload.
    ("url-safe base64", BAD_SIGNATURES, correct_base64(lambda text: text.replace("-", "+").replace("_", "/"))),
    ("base64 without padding", BAD_SIGNATURES, correct_base64(lambda text: text + "=" * (-len(text) % 4))),
    ("spaces in the base64 text", BAD_SIGNATURES, correct_base64(lambda text: text.replace(" ", ""))),
    ("the payload in the request body", BAD_SIGNATURES, move_body_to_payload),
    ("trailing commas in the JSON", BAD_SIGNATURES, correct_json(lambda text: text.replace(",}", "}"))),
    ("a byte order mark before the JSON", BAD_SIGNATURES, correct_json(lambda text: text.removeprefix("\ufeff"))),
    ("NaN in the JSON", BAD_SIGNATURES, correct_json(lambda text: text.replace("NaN", "0"))),
    (
        "a list around the JSON object",
        BAD_SIGNATURES,
        correct_json(lambda text: text[1:-1] if text.startswith("[{") else text),
    ),
    (
        "single quotes in the JSON",
        BAD_SIGNATURES,
        correct_json(lambda text: text.replace("'", '"') if text.startswith("{'") else text),
    ),
    # The fields that every payload has.
    (
        "the request path of another operation",
        BAD_SIGNATURES,
        correct_request_path(lambda request, body: body.get("request") in PATHS.values()),
    ),
    (
        "a request path with a trailing slash",
        BAD_SIGNATURES,
        correct_request_path(lambda request, body: str(body.get("request")).rstrip("/") == request.path),
    ),
    ("a missing request path", BAD_SIGNATURES, correct_request_path(lambda request, body: "request" not in body)),
    ("a nonce that is not a number", BAD_SIGNATURES, correct_nonce(lambda nonce: nonce in ("soon", ""))),
    (
        "a nonce with a leading space",
        BAD_SIGNATURES,
        correct_nonce(lambda nonce: isinstance(nonce, str) and nonce.startswith(" ")),
    ),
    (
        "a nonce with a line break at its end",
        BAD_SIGNATURES,
        correct_nonce(lambda nonce: isinstance(nonce, str) and nonce.endswith("\n")),
    ),
    (
        "a nonce in full-width digits",
        BAD_SIGNATURES,
        correct_nonce(lambda nonce: isinstance(nonce, str) and not nonce.isascii()),
    ),
    ("a missing nonce", BAD_SIGNATURES, correct_nonce(lambda nonce: nonce is ABSENT)),
    ("a nonce of null", BAD_SIGNATURES, correct_nonce(lambda nonce: nonce is None)),
    ("an account parameter from any key", CORPUS, edit_payload(lambda body: body.pop("account", None))),
    ("a key without the required role", ERROR_PRECEDENCE, send_as_trader),
    # The parameters of an operation.
    ("a missing symbol", CORPUS, default("symbol", "btcusd", of="create_order")),
    ("a missing side", CORPUS, default("side", "buy", of="create_order")),
    ("a missing price", CORPUS, default("price", "1", of="create_broker_order")),
    ("a missing expiry of a broker order", CORPUS, default("expires_in_hrs", 24, of="create_broker_order")),
    (
        "an amount that is a number",
        CORPUS,
        coerce("amount", if_number(lambda number: f"{number:f}"), of="create_order"),
    ),
    ("a price that is a number", CORPUS, coerce("price", if_number(lambda number: f"{number:f}"), of="confirm_order")),
    ("a negative amount", CORPUS, coerce("amount", if_text(lambda text: text.lstrip("-")), of="create_order")),
    (
        "an amount of zero",
        CORPUS,
        coerce("amount", lambda text: "1" if text in ("0", "0.00") else text, of="create_order"),
    ),
    (
        "an amount with an exponent",
        CORPUS,
        coerce("amount", lambda text: "1000" if text == "1e3" else text, of="create_order"),
    ),
    ("an amount in full-width digits", CORPUS, coerce("amount", if_text(plain_digits), of="create_order")),
    (
        "an amount with a unit",
        CORPUS,
        coerce("amount", if_text(lambda text: text.removesuffix("k")), of="create_order"),
    ),
    (
        "an amount with a currency sign",
        CORPUS,
        coerce("amount", if_text(lambda text: text.removeprefix("$")), of="create_order"),
    ),
    ("timestamps with a unit", CORPUS, coerce("timestamp", if_text(lambda text: text.removesuffix("s")))),
    ("field names in upper case", CORPUS, edit_payload(names_in_lower_case)),
    ("an amount with a line break", CORPUS, coerce("amount", if_text(str.strip), of="create_order")),
    (
        "an amount without its leading zero",
        CORPUS,
        coerce("amount", if_text(lambda text: f"0{text}" if text.startswith(".") else text), of="create_order"),
    ),
    ("a side in upper case", CORPUS, coerce("side", if_text(str.lower), of="create_order")),
    ("the first letter of a side", CORPUS, coerce("side", lambda side: "buy" if side == "b" else side)),
    (
        "an unknown side",
        CORPUS,
        coerce("side", if_text(lambda side: {"text": "buy", "": "buy"}.get(side, side)), of="list_orders"),
    ),
    (
        "a symbol with a separator",
        CORPUS,
        coerce("symbol", if_text(lambda symbol: symbol.replace("/", "").replace("-", ""))),
    ),
    ("an empty symbol", CORPUS, coerce("symbol", lambda symbol: symbol or "btcusd")),
    ("a clearing_id that is a number", CORPUS, coerce("clearing_id", if_number(lambda number: f"{number:f}"))),
    ("an empty clearing_id", CORPUS, coerce("clearing_id", lambda value: value or "X")),
    ("an expiry of zero hours", CORPUS, coerce("expires_in_hrs", lambda hours: 1 if hours == 0 else hours)),
    ("an expiry that is a string", CORPUS, coerce("expires_in_hrs", lambda hours: 1 if hours == "1" else hours)),
    (
        "a fractional expiry without a broker",
        CORPUS,
        coerce("expires_in_hrs", if_number(lambda hours: int(hours) or 1), of="create_order"),
    ),
    ("a limit of zero", CORPUS, coerce("limit_orders", lambda limit: 1 if limit == 0 else limit)),
    ("a limit above 300", CORPUS, coerce("limit_per_account", if_number(lambda limit: 300 if limit > 300 else limit))),
    ("a limit that is a string", CORPUS, coerce("limit_trades", lambda limit: 1 if limit == "1" else limit)),
    ("a boolean that is a string", CORPUS, coerce("funded", if_text(lambda text: text == "true"))),
    (
        "a negative timestamp",
        CORPUS,
        coerce("timestamp", if_number(lambda timestamp: 0 if timestamp < 0 else timestamp)),
    ),
    (
        "a timestamp that is not a time",
        CORPUS,
        coerce("timestamp", lambda timestamp: 0 if timestamp == "now" else timestamp),
    ),
    (
        "the start of a range without its end",
        CORPUS,
        edit_payload(lambda body: body.setdefault("submission_end", 10**13) if "submission_start" in body else None),
    ),
    (
        "the end of a range without its start",
        CORPUS,
        edit_payload(lambda body: body.setdefault("expiration_start", 0) if "expiration_end" in body else None),
    ),
)
ACCEPTED_REQUEST_FAULTS = tuple(
    SeededFault(f"accepts {name}", "mock", layer, repaired(repair)) for name, layer, repair in ROWS
)
