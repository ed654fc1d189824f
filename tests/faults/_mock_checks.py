"""Faults in what a server accepts: requests that are wrong, and are answered as if they were right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from gemini_clearing_contract._signer import KEY_HEADER, SIGNATURE_HEADER, render_json
from gemini_clearing_contract._spec import Spec
from gemini_clearing_contract._wire import PAYLOAD_HEADER, WireAnswer, WireRequest, encode_base64, parse_json
from gemini_clearing_contract.judgement.verdict import schema_faults
from tests.faults._fault import Fault, Handle
from tests.faults._repairs import (
    Repair,
    any_signature,
    from_body,
    hashlike,
    is_signed,
    lenient_json,
    no_signature,
    of_any_key,
    over_json,
    payload_text,
    signature_by,
    signature_case,
    signature_prefix,
    with_header,
)
from tests.faults._ways import PATHS, Plant, in_way, payload_of, resigned, with_payload

__all__ = ["CHECK_FAULTS"]

SPEC = Spec()


def _repaired(repair: Repair) -> Plant:
    """A server that does not look at what the repair puts right."""
    return in_way(lambda request, handle, exchange: handle(repair(request, exchange)))


def _edit(change: Callable[[dict[str, Any]], object], *, of: str | None = None) -> Repair:
    """Change the signed JSON and sign it again, of one operation or of all; only where the signature was right."""

    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        body = payload_of(request)
        if body is None or (of is not None and request.path != PATHS[of]) or not is_signed(request, exchange):
            return request
        before = dict(body)
        change(body)
        return with_payload(request, exchange, body) if body != before else request

    return repair


class _Nonces:
    """A nonce that the server should refuse is replaced by a good one on the way in."""

    def __init__(self, excuses: Callable[[Decimal, Decimal], bool]) -> None:
        self.excuses = excuses

    def __call__(self, request: WireRequest, handle: Handle, exchange: Any) -> WireAnswer:
        highest: dict[str, Decimal] = exchange.__dict__.setdefault("fault_highest", {}) if hasattr(exchange, "__dict__") else {}
        answer = handle(request)
        body, key = payload_of(request), request.header(KEY_HEADER) or ""
        nonce = _number((body or {}).get("nonce"))
        if nonce is None or body is None:
            return answer
        if b'"InvalidNonce"' in answer.body and self.excuses(nonce, highest.get(key, Decimal(0))):
            highest[key] = highest.get(key, Decimal(0)) + 1
            return handle(with_payload(request, exchange, {**body, "nonce": highest[key]}))
        if answer.status in {200, 403, 404}:
            highest[key] = max(highest.get(key, Decimal(0)), nonce)
        return answer


def _number(value: Any) -> Decimal | None:
    try:
        number = None if isinstance(value, bool) else Decimal(value)
        return number if number is not None and number.is_finite() else None
    except (InvalidOperation, TypeError, ValueError):
        return None


def _spent_before_checks(request: WireRequest, handle: Handle, exchange: Any) -> WireAnswer:
    """A nonce that a refused request has spent, though its nonce was never looked at."""
    spent: dict[tuple[str, str], bool] = vars(exchange).setdefault("fault_spent", {})
    body, key = payload_of(request) or {}, request.header(KEY_HEADER) or ""
    place = (key, str(body.get("nonce")))
    if place in spent:
        return _refusal(400, "InvalidNonce", f"Nonce '{body.get('nonce')}' has not increased since your last call to the Gemini API.")
    answer = handle(request)
    if answer.status == 400 and body.get("nonce") is not None:
        spent[place] = True
    return answer


def _shared_nonces(request: WireRequest, handle: Handle, exchange: Any) -> WireAnswer:
    """One counter for all keys."""
    highest: list[Decimal] = vars(exchange).setdefault("fault_shared", [Decimal(0)])
    nonce = _number((payload_of(request) or {}).get("nonce"))
    if nonce is not None and nonce <= highest[0] and is_signed(request, exchange):
        answer = handle(request)
        return answer if answer.status == 400 else _refusal(400, "InvalidNonce", f"Nonce '{nonce}' has not increased since your last call to the Gemini API.")
    answer = handle(request)
    if nonce is not None and answer.status == 200:
        highest[0] = nonce
    return answer


def _refusal(status: int, reason: str, message: str) -> WireAnswer:
    body = {"result": "error", "reason": reason, "message": message}
    return WireAnswer(status, {"content-type": "application/json"}, render_json(body))


def _as_trader(request: WireRequest, exchange: Any) -> WireRequest:
    if not (request.header(KEY_HEADER) or "").endswith("auditor") or not is_signed(request, exchange):
        return request
    trader = next(account.api_key for account in exchange.accounts if account.name == "initiator")
    body = payload_of(request)
    nonces = vars(exchange).setdefault("fault_nonces", [2_000_000_000_000_000])
    nonces[0] += 1
    if body is None:
        return request
    return resigned(request, exchange, payload=encode_base64(render_json({**body, "nonce": nonces[0]})), key=trader)


def _default(name: str, value: Any, *, of: str) -> Repair:
    return _edit(lambda body: body.setdefault(name, value), of=of)


def _coerce(name: str, change: Callable[[Any], Any], *, of: str | None = None) -> Repair:
    def edit(body: dict[str, Any]) -> None:
        if name in body:
            body[name] = change(body[name])

    return _edit(edit, of=of)


def _text(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _listed(value: Any, known: dict[Any, Any]) -> Any:
    return known.get(value, value) if isinstance(value, str) else value


def _check_faults() -> Iterator[tuple[str, str, Repair]]:
    yield "any signature", "adversaries", any_signature
    yield "a missing signature", "adversaries", no_signature
    yield "a signature in upper-case hex", "adversaries", signature_case
    yield "half of the signature", "adversaries", signature_prefix
    yield "a signature over the JSON", "adversaries", signature_by(over_json)
    yield "a signature by any key's secret", "adversaries", signature_by(of_any_key)
    yield "SHA-256 beside SHA-384", "adversaries", signature_by(hashlike("sha256"))
    yield "SHA-512 beside SHA-384", "adversaries", signature_by(hashlike("sha512"))
    yield "url-safe base64", "adversaries", payload_text(lambda text: text.replace("-", "+").replace("_", "/"))
    yield "base64 without padding", "adversaries", payload_text(lambda text: text + "=" * (-len(text) % 4))
    yield "spaces in the base64", "adversaries", payload_text(lambda text: text.replace(" ", ""))
    yield "the payload in the body", "adversaries", from_body
    yield "trailing commas", "adversaries", lenient_json(lambda text: text.replace(",}", "}"))
    yield "a byte-order mark", "adversaries", lenient_json(lambda text: text.removeprefix("\ufeff"))
    yield "NaN in the JSON", "adversaries", lenient_json(lambda text: text.replace("NaN", "0"))
    yield "an object within a list", "adversaries", lenient_json(lambda text: text[1:-1] if text.startswith("[{") else text)
    yield "single quotes", "adversaries", lenient_json(lambda text: text.replace("'", '"') if text.startswith("{'") else text)
    yield "another endpoint's path", "adversaries", _edit_request(lambda request, body: body.get("request") in PATHS.values())
    yield "a path with a slash at its end", "adversaries", _edit_request(lambda request, body: str(body.get("request")).rstrip("/") == request.path)
    yield "a missing path", "adversaries", _edit_request(lambda request, body: "request" not in body)
    yield "keys in upper case", "adversaries", lambda request, exchange: with_header(request, KEY_HEADER, key.lower()) if (key := request.header(KEY_HEADER)) else request
    yield "a bearer token beside the key", "adversaries", lambda request, exchange: with_header(request, "Authorization", None)
    yield "an account that needs none", "corpus", _edit(lambda body: body.pop("account", None))
    yield "a key without the role", "precedence", _as_trader
    yield "a missing symbol", "corpus", _default("symbol", "btcusd", of="create_order")
    yield "a missing side", "corpus", _default("side", "buy", of="create_order")
    yield "a missing price", "corpus", _default("price", "1", of="create_broker_order")
    yield "a missing expiry of a broker order", "corpus", _default("expires_in_hrs", 24, of="create_broker_order")
    yield "an amount as a number", "corpus", _coerce("amount", _text, of="create_order")
    yield "a price as a number", "corpus", _coerce("price", _text, of="confirm_order")
    yield "a negative amount", "corpus", _coerce("amount", lambda text: text.lstrip("-") if isinstance(text, str) else text, of="create_order")
    yield "an amount of zero", "corpus", _coerce("amount", lambda text: "1" if text in ("0", "0.00") else text, of="create_order")
    yield "an amount with an exponent", "corpus", _coerce("amount", lambda text: "1000" if text == "1e3" else text, of="create_order")
    yield "an amount with a line break", "corpus", _coerce("amount", lambda text: text.strip() if isinstance(text, str) else text, of="create_order")
    yield "an amount without its zero", "corpus", _coerce("amount", lambda text: f"0{text}" if isinstance(text, str) and text.startswith(".") else text, of="create_order")
    yield "a side in capitals", "corpus", _coerce("side", lambda word: word.lower() if isinstance(word, str) else word, of="create_order")
    yield "an unknown side", "corpus", _coerce("side", lambda word: _listed(word, {"text": "buy", "": "buy"}), of="list_orders")
    yield "a symbol with a slash", "corpus", _coerce("symbol", lambda word: word.replace("/", "").replace("-", "") if isinstance(word, str) else word)
    yield "an empty symbol", "corpus", _coerce("symbol", lambda word: word or "btcusd")
    yield "a clearing id as a number", "corpus", _coerce("clearing_id", lambda value: f"{value:f}" if isinstance(value, Decimal) else value)
    yield "an empty clearing id", "corpus", _coerce("clearing_id", lambda value: value or "X")
    yield "an expiry of zero hours", "corpus", _coerce("expires_in_hrs", lambda value: 1 if value == 0 else value)
    yield "an expiry as text", "corpus", _coerce("expires_in_hrs", lambda value: 1 if value == "1" else value)
    yield "a fraction of an hour between two desks", "corpus", _coerce("expires_in_hrs", lambda value: int(value) or 1 if isinstance(value, Decimal) else value, of="create_order")
    yield "a limit of zero", "corpus", _coerce("limit_orders", lambda value: 1 if value == 0 else value)
    yield "a limit above 300", "corpus", _coerce("limit_per_account", lambda value: 300 if isinstance(value, Decimal) and value > 300 else value)
    yield "a limit as text", "corpus", _coerce("limit_trades", lambda value: 1 if value == "1" else value)
    yield "funded as text", "corpus", _coerce("funded", lambda value: value == "true" if isinstance(value, str) else value)
    yield "a negative time", "corpus", _coerce("timestamp", lambda value: 0 if isinstance(value, Decimal) and value < 0 else value)
    yield "a time in words", "corpus", _coerce("timestamp", lambda value: 0 if value == "now" else value)
    yield "the start of a range alone", "corpus", _edit(lambda body: body.setdefault("submission_end", 10**13) if "submission_start" in body else None)
    yield "the end of a range alone", "corpus", _edit(lambda body: body.setdefault("expiration_start", 0) if "expiration_end" in body else None)
    yield "a nonce of words", "adversaries", _nonce_repair(lambda nonce: nonce in ("soon", ""))
    yield "a nonce with a space", "adversaries", _nonce_repair(lambda nonce: isinstance(nonce, str) and nonce.startswith(" "))
    yield "a missing nonce", "adversaries", _nonce_repair(lambda nonce: nonce is _ABSENT)
    yield "a nonce of null", "adversaries", _nonce_repair(lambda nonce: nonce is None)


_ABSENT: Any = object()


def _nonce_repair(excuses: Callable[[Any], bool]) -> Repair:
    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        body = payload_of(request)
        if body is None or not is_signed(request, exchange) or not excuses(body.get("nonce", _ABSENT)):
            return request
        counter = vars(exchange).setdefault("fault_counter", [1_999_000_000_000_000])
        counter[0] += 1
        return with_payload(request, exchange, {**body, "nonce": counter[0]})

    return repair


def _edit_request(excuses: Callable[[WireRequest, dict[str, Any]], bool]) -> Repair:
    def repair(request: WireRequest, exchange: Any) -> WireRequest:
        body = payload_of(request)
        if body is None or not is_signed(request, exchange) or not excuses(request, body):
            return request
        return with_payload(request, exchange, {**body, "request": request.path})

    return repair


def _any_method(request: WireRequest, exchange: Any) -> WireRequest:
    return WireRequest("POST", request.path, request.headers, request.body)


def _strict_types(request: WireRequest, handle: Handle, exchange: Any) -> WireAnswer:
    """A server that wants its nonce as a number, though text is as good."""
    if isinstance((payload_of(request) or {}).get("nonce"), str) and is_signed(request, exchange):
        return _refusal(400, "InvalidNonce", "Nonce was not parseable as a number.")
    return handle(request)


def _refuses(when: Callable[[WireRequest, dict[str, Any]], bool], reason: str) -> Plant:
    def way(request: WireRequest, handle: Handle, exchange: Any) -> WireAnswer:
        body = payload_of(request)
        if body is not None and is_signed(request, exchange) and when(request, body):
            return _refusal(400, reason, "no")
        return handle(request)

    return in_way(way)


def _order_of_checks() -> Iterator[Fault]:
    """Checks made in another order than the spec says."""

    def before(*reasons: str) -> Plant:
        """Whatever else is wrong, a fault of the later check is answered first."""

        def way(request: WireRequest, handle: Handle, exchange: Any) -> WireAnswer:
            body = payload_of(request) or {}
            if "schema" in reasons and body and not is_signed(request, exchange):
                operation = SPEC.by_path.get(request.path)
                broken = schema_faults(operation, body) if operation else ()
                for fault in broken:
                    if operation and fault.place in operation.own_fields:
                        return _refusal(400, fault.reason, "no")
            if "role" in reasons and (request.header(KEY_HEADER) or "").endswith("auditor") and request.path != PATHS["get_order"] and is_signed(request, exchange):
                return _refusal(403, "MissingRole", "assign one of these roles [Trader] to API key x which currently has roles [Auditor]")
            if "nonce" in reasons and "nonce" not in body and body and is_signed(request, exchange) and body.get("request") == request.path:
                return _refusal(400, "MissingNonce", "Must provide 'nonce'")
            if "json" in reasons and request.header(PAYLOAD_HEADER) and request.header(SIGNATURE_HEADER) is None and payload_of(request) is None:
                return _refusal(400, "InvalidJson", "The payload is not a JSON object")
            return handle(request)

        return in_way(way)

    yield Fault("checks the schema before the signature", "mock", "precedence", before("schema"))
    yield Fault("checks the role before everything in the payload", "mock", "precedence", before("role"))
    yield Fault("checks the nonce before the schema", "mock", "precedence", before("nonce"))
    yield Fault("checks the JSON before the signature", "mock", "precedence", before("json"))


def _one_line(body: bytes) -> bool:
    try:
        parse_json(body)
    except ValueError:
        return False
    return True


CHECK_FAULTS = (
    *(Fault(f"accepts {name}", "mock", meant, _repaired(repair)) for name, meant, repair in _check_faults()),
    Fault("accepts any method", "mock", "adversaries", _repaired(_any_method)),
    Fault("accepts the same nonce again", "mock", "adversaries", in_way(_Nonces(lambda nonce, highest: nonce == highest))),
    Fault("accepts a smaller nonce", "mock", "adversaries", in_way(_Nonces(lambda nonce, highest: nonce < highest))),
    Fault("spends the nonce of a request refused before", "mock", "traceless", in_way(_spent_before_checks)),
    Fault("shares nonces between keys", "mock", "adversaries", in_way(_shared_nonces)),
    Fault("refuses a nonce that is text", "mock", "adversaries", in_way(_strict_types)),
    Fault("refuses symbols in capitals", "mock", "corpus", _refuses(lambda request, body: str(body.get("symbol", "")).isupper(), "InvalidSymbol")),
    Fault("refuses unknown fields", "mock", "corpus", _refuses(lambda request, body: "client_note" in body, "UnsupportedOption")),
    Fault("refuses hours written 24.0", "mock", "corpus", _refuses(lambda request, body: str(body.get("expires_in_hrs")) == "24.0", "InvalidTimestampInPayload")),
    Fault("refuses times as text", "mock", "corpus", _refuses(lambda request, body: isinstance(body.get("timestamp"), str), "InvalidTimestampInPayload")),
    Fault("refuses a limit of 300", "mock", "corpus", _refuses(lambda request, body: body.get("limit_per_account") == 300, "UnsupportedOption")),
    Fault("refuses a JSON body beside the headers", "mock", "adversaries", in_way(lambda request, handle, exchange: _refusal(400, "InvalidJson", "no") if request.body and _one_line(request.body) and request.header(PAYLOAD_HEADER) else handle(request))),
    *_order_of_checks(),
)
