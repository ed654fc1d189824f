"""
The checks that every request passes, in the order in which they are made; the first that fails answers.

``CHECKS`` is that order.  Each check looks at one thing, raises a ``Refusal`` or fills in what it found.  The schema
itself stands in ``_fields``; what the endpoint then finds wrong is the last check, ``business``, in ``_operations``.
"""

from __future__ import annotations

import binascii
import hmac
import re
from collections.abc import Callable
from decimal import Decimal

import msgspec

from gemini_clearing_mock._accounts import Account, Key, NonceMode, Token
from gemini_clearing_mock._call import Call
from gemini_clearing_mock._endpoints import ENDPOINTS
from gemini_clearing_mock._fields import read_fields
from gemini_clearing_mock._refusals import Refusal, as_sent
from gemini_clearing_mock._state import Session

__all__ = ["CHECKS", "Check"]

Check = Callable[[Call], None]

_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_KEY_HEADERS = ("x-gemini-apikey", "x-gemini-payload", "x-gemini-signature")


def check_path(call: Call) -> None:
    """The path: that of an endpoint."""
    if call.request.path not in ENDPOINTS:
        expected = "one of " + ", ".join(ENDPOINTS)
        raise Refusal("EndpointNotFound", "API entry point not found", status=404, expected=expected)


def check_method(call: Call) -> None:
    """The method: every private endpoint is called with POST."""
    if call.request.method != "POST":
        message = f"Method {as_sent(call.request.method)} is not allowed here"
        raise Refusal("MethodNotAllowed", message, status=405, expected="POST", headers={"allow": "POST"})


def check_key(call: Call) -> None:
    """Who asks: an API key or an access token, known here, and not both."""
    headers = call.request.headers
    bearer = headers.get("authorization")
    if bearer:
        if headers.get("x-gemini-apikey") or headers.get("x-gemini-signature"):
            raise Refusal(
                "AmbiguousAuthentication",
                "Must provide either an API key with a signature or an access token, not both",
                expected="either X-GEMINI-APIKEY and X-GEMINI-SIGNATURE, or Authorization",
            )
        call.credential = _token(call, bearer)
        return
    if not any(map(headers.get, _KEY_HEADERS)):
        message = "Must provide 'X-GEMINI-APIKEY', 'X-GEMINI-PAYLOAD' and 'X-GEMINI-SIGNATURE' headers"
        raise Refusal("MissingSecurityHeaders", message, expected="the three headers, and an empty body")
    api_key = _header(call, "X-GEMINI-APIKEY", "MissingApikeyHeader")
    call.credential = call.state.keys.get(api_key)
    if call.credential is None:
        raise Refusal("InvalidApiKey", "Invalid API key", expected=_known(call))


def _token(call: Call, bearer: str) -> Token:
    match = _BEARER.fullmatch(bearer)
    token = call.state.tokens.get(match[1]) if match else None
    if token is None:
        raise Refusal("InvalidApiKey", "Invalid access token", expected="Authorization: Bearer <a known access token>")
    return token


def _known(call: Call) -> str:
    return "one of " + ", ".join(sorted(call.state.keys))


def _header(call: Call, name: str, reason: str) -> str:
    value = call.request.headers.get(name.lower())
    if not value:
        raise Refusal(reason, f"Must provide '{name}' header", expected=f"the header {name}")
    return value


def check_payload(call: Call) -> None:
    """The payload: there, and base64 in the standard alphabet, padded."""
    call.payload_text = _header(call, "X-GEMINI-PAYLOAD", "MissingPayloadHeader")
    try:
        call.payload_json = binascii.a2b_base64(call.payload_text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refusal(
            "InvalidJson",
            "The payload is not base64",
            expected="base64 of the JSON, with the standard alphabet, padded, without line breaks",
        ) from None


def check_signature(call: Call) -> None:
    """The signature: HMAC-SHA384 of the base64 text, in lower-case hex.  An access token needs none."""
    if isinstance(call.who, Token):
        return
    sent = _header(call, "X-GEMINI-SIGNATURE", "MissingSignatureHeader")
    valid = hmac.digest(call.who.api_secret.encode(), call.payload_text.encode(), "sha384").hex()
    if not hmac.compare_digest(sent.encode(), valid.encode()):
        raise Refusal("InvalidSignature", "InvalidSignature", expected=_explain_signature(call, sent, valid))


def _explain_signature(call: Call, sent: str, valid: str) -> str:
    secret = call.who.api_secret.encode() if isinstance(call.who, Key) else b""
    over_json = hmac.digest(secret, call.payload_json, "sha384").hex()
    if sent.lower() == valid:
        hint = "the hex must be in lower case"
    elif sent == over_json:
        hint = "it was made over the JSON, and must be made over its base64 text"
    elif sent == hmac.digest(secret, call.payload_text.encode(), "sha256").hex():
        hint = "it was made with SHA-256, and must be made with SHA-384"
    elif len(sent) != len(valid):
        hint = f"{len(valid)} characters of hex are expected, {len(sent)} came"
    else:
        hint = "another secret was used, or the payload was changed after it was signed"
    return f"{valid} ({hint})"


def check_rate(call: Call) -> None:
    """How often: a burst of a minute's worth, then a few requests that are held back, then no more."""
    state, now_us = call.state, call.now_ms * 1000
    owner, per_minute = call.who.owner, state.choices.requests_per_minute
    heartbeat = isinstance(call.who, Key) and call.who.heartbeat
    if per_minute == 0:
        if heartbeat:
            state.put_session(owner, Session(call.now_ms))
        return
    step_us = 60_000_000 // per_minute
    session = state.sessions.get(owner)
    used_until_us = max(now_us, session.used_until_us if session else 0)
    late_us = used_until_us - now_us - (per_minute - 1) * step_us
    if late_us > state.choices.queued_requests * step_us:
        retry_after_s = -(-(late_us - state.choices.queued_requests * step_us) // 1_000_000)
        raise Refusal(
            "RateLimit",
            "Too Many Requests",
            status=429,
            expected=f"at most {per_minute} requests a minute",
            headers={"retry-after": str(retry_after_s)},
        )
    call.delay_ms = max(0, -(-late_us // 1000))
    state.put_session(owner, Session(call.now_ms, used_until_us + step_us))


def check_json(call: Call) -> None:
    """The payload's text: a JSON object in UTF-8."""
    try:
        document = _decode(call.payload_json)
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Refusal("InvalidJson", "The payload is not a JSON object", expected="a JSON object in UTF-8")
    call.document = document


def check_endpoint(call: Call) -> None:
    """The payload's ``request``: the path that was called."""
    path = call.request.path
    if "request" not in call.document:
        raise Refusal("MissingPayloadKey", "The payload must have 'request'", expected=f'"request": "{path}"')
    if call.document["request"] != path:
        raise Refusal("EndpointMismatch", "EndpointMismatch", expected=f'"request": "{path}"')


def check_schema(call: Call) -> None:
    """The other fields, by the table in ``_fields``."""
    call.parameters = read_fields(ENDPOINTS[call.request.path].fields, call.document)


def check_nonce(call: Call) -> None:
    """The nonce, by the key's mode; once it passes it is spent.  An access token needs none."""
    if isinstance(call.who, Token):
        return
    if "nonce" not in call.document:
        raise Refusal("MissingNonce", "Must provide 'nonce' in the payload", expected='"nonce": <a number>')
    nonce = _nonce(call.document["nonce"])
    if call.who.nonce is NonceMode.TIME_BASED:
        _check_nonce_time(call, nonce)
    else:
        _check_nonce_increases(call, call.who.api_key, nonce)


def _nonce(sent: object) -> Decimal:
    if isinstance(sent, int | Decimal) and not isinstance(sent, bool) and sent >= 0:
        return Decimal(sent)
    if isinstance(sent, str) and _NUMBER.fullmatch(sent):
        return Decimal(sent)
    raise Refusal(
        "InvalidNonce",
        f"Nonce '{msgspec.json.encode(sent).decode()[:100]}' was not parseable as a number.",
        expected="a number that is not negative, or its text",
    )


def _check_nonce_time(call: Call, nonce: Decimal) -> None:
    window_ms = call.state.choices.nonce_window_s * 1000
    earliest, latest = call.now_ms - window_ms, call.now_ms + window_ms
    # Compared before it is multiplied: a nonce may be too large to be multiplied at all.
    if not Decimal(earliest) / 1000 <= nonce <= Decimal(latest) / 1000:
        server_time_s = call.now_ms // 1000
        raise Refusal(
            "InvalidNonce",
            f"Nonce '{as_sent(str(nonce))}' is not within {window_ms // 1000} seconds "
            f"of server time '{server_time_s}''",  # the doubled quote is Gemini's
            expected=f"the time in seconds, such as {server_time_s}",
        )


def _check_nonce_increases(call: Call, api_key: str, nonce: Decimal) -> None:
    last = call.state.nonces.get(api_key)
    if last is not None and nonce <= Decimal(last):
        raise Refusal(
            "InvalidNonce",
            f"Nonce '{as_sent(str(nonce))}' has not increased since your last call to the Gemini API.",
            expected=f"a number above {as_sent(last)}",
        )
    call.state.nonces[api_key] = str(nonce)


def check_account(call: Call) -> None:
    """The account: named by a master key, of one group; never named by an account key or a token."""
    who, name = call.who, call.parameters.get("account")
    if isinstance(who, Key) and who.account is None:
        call.account = _account_of_group(call, who.group, name)
        return
    if name is not None:
        message = "This API key belongs to one account; 'account' is for master keys only"
        raise Refusal("AccountsOnGroupOnlyApi", message, expected="no 'account'")
    call.account = call.state.accounts[str(who.account)]


def _account_of_group(call: Call, group: str, name: str | None) -> Account:
    accounts = {account.name: account for account in call.state.accounts.values() if account.group == group}
    expected = f'"account": one of {", ".join(accounts)}'
    if name is None:
        raise Refusal("MissingAccounts", "Expected a JSON payload with accounts", expected=expected)
    if name not in accounts:
        raise Refusal("InvalidAccountName", f"Invalid account name: '{as_sent(name)}'", expected=expected)
    return accounts[name]


def check_role(call: Call) -> None:
    """The role of the key, or the scope of the token."""
    endpoint, who = ENDPOINTS[call.request.path], call.who
    if isinstance(who, Token):
        if endpoint.scope is not None and endpoint.scope not in who.scopes:
            message = f"To access this endpoint, the access token needs the scope {endpoint.scope}"
            raise Refusal("MissingRole", message, status=403, expected=f"a token with the scope {endpoint.scope}")
    elif endpoint.roles and not set(endpoint.roles) & set(who.roles):
        needed, has = ", ".join(endpoint.roles), ", ".join(who.roles)
        message = (
            "To access this endpoint, you need to log in to the website and go to the settings page to assign one of "
            f"these roles [{needed}] to API key {who.api_key} which currently has roles [{has}]"
        )
        raise Refusal("MissingRole", message, status=403, expected=f"a key with one of the roles {needed}")


CHECKS: tuple[tuple[str, Check], ...] = (
    ("path", check_path),
    ("method", check_method),
    ("key", check_key),
    ("payload", check_payload),
    ("signature", check_signature),
    ("rate", check_rate),
    ("json", check_json),
    ("endpoint", check_endpoint),
    ("schema", check_schema),
    ("nonce", check_nonce),
    ("account", check_account),
    ("role", check_role),
)
