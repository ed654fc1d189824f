"""
The checks that every request must pass, in the order in which they run; the first that fails determines the response.

`CHECKS` is that order. Each check examines one thing, and either raises an `ErrorReply` or stores what it found in the
context. After them the handler runs its own checks, logged under the name `business`.
"""

import binascii
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from ..state._accounts import Account, Key, KeySession, NonceMode, Token
from ._context import RequestContext
from ._error_reply import ErrorReply, as_sent
from ._fields import FIELDS, parse_fields
from ._nonces import check_nonce_increases, check_nonce_time, parse_nonce
from ._rate import limit_rate
from ._routes import ROUTES
from ._signature import verify_signature

__all__ = ["CHECKS", "Check"]

Check = Callable[[RequestContext], None]

_decode = msgspec.json.Decoder(float_hook=Decimal).decode

# RFC 7235: the scheme is case-insensitive, and one or more spaces separate it from the token.
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_KEY_HEADERS = ("x-gemini-apikey", "x-gemini-payload", "x-gemini-signature")


def check_path(context: RequestContext) -> None:
    """Check that the path is that of an endpoint."""
    if context.request.path not in ROUTES:
        expected = "one of " + ", ".join(ROUTES)
        raise ErrorReply("EndpointNotFound", "API entry point not found", status=404, expected=expected)


def check_method(context: RequestContext) -> None:
    """Check that the method is POST."""
    if context.request.method != "POST":
        message = f"Method {as_sent(context.request.method)} is not allowed here"
        raise ErrorReply("MethodNotAllowed", message, status=405, expected="POST", headers={"allow": "POST"})


def check_key(context: RequestContext) -> None:
    """Check that the request has either a known API key or a known access token."""
    headers = context.request.headers
    authorization = headers.get("authorization")
    if authorization:
        if headers.get("x-gemini-apikey") or headers.get("x-gemini-signature"):
            raise ErrorReply(
                "AmbiguousAuthentication",
                "Must provide either an API key with a signature or an access token, not both",
                expected="either X-GEMINI-APIKEY and X-GEMINI-SIGNATURE, or Authorization",
            )
        context.credential = _find_token(context, authorization)
        return
    if not any(map(headers.get, _KEY_HEADERS)):
        message = "Must provide 'X-GEMINI-APIKEY', 'X-GEMINI-PAYLOAD' and 'X-GEMINI-SIGNATURE' headers"
        raise ErrorReply("MissingSecurityHeaders", message, expected="the three headers, and an empty body")
    api_key = context.header("X-GEMINI-APIKEY", "MissingApikeyHeader")
    context.credential = context.state.keys.get(api_key)
    if context.credential is None:
        known = ", ".join(sorted(context.state.keys))
        raise ErrorReply("InvalidApiKey", "Invalid API key", expected=f"one of {known}")


def _find_token(context: RequestContext, authorization: str) -> Token:
    match = _BEARER.fullmatch(authorization)
    token = context.state.tokens.get(match[1]) if match else None
    if token is None:
        expected = "Authorization: Bearer <a known access token>"
        raise ErrorReply("InvalidApiKey", "Invalid access token", expected=expected)
    return token


def check_payload(context: RequestContext) -> None:
    """Check that the payload is base64 in the standard alphabet, with padding."""
    context.payload_text = context.header("X-GEMINI-PAYLOAD", "MissingPayloadHeader")
    try:
        context.payload_json = binascii.a2b_base64(context.payload_text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ErrorReply(
            "InvalidJson",
            "The payload is not base64",
            expected="base64 of the JSON, with the standard alphabet, with padding, without line breaks",
        ) from None


def check_signature(context: RequestContext) -> None:
    """Check the signature; a request with an access token needs none."""
    if isinstance(context.principal, Token):
        return
    sent = context.header("X-GEMINI-SIGNATURE", "MissingSignatureHeader")
    verify_signature(sent, context.principal.api_secret, context.payload_text, context.payload_json)


def check_rate(context: RequestContext) -> None:
    """Check the rate limit, and record the request in the session of the key or token."""
    state, principal = context.state, context.principal
    if state.choices.requests_per_minute == 0:
        if isinstance(principal, Key) and principal.heartbeat:
            state.put_session(principal.owner, KeySession(context.now_ms))
        return
    session, context.delay_ms = limit_rate(
        state.sessions.get(principal.owner),
        context.now_ms,
        state.choices.requests_per_minute,
        state.choices.queued_requests,
    )
    state.put_session(principal.owner, session)


def check_json(context: RequestContext) -> None:
    """Check that the payload is a JSON object in UTF-8, and the body the same object if the route repeats it."""
    document = _parse_object(context.payload_json)
    if document is None:
        raise ErrorReply("InvalidJson", "The payload is not a JSON object", expected="a JSON object in UTF-8")
    if ROUTES[context.request.path].repeats_body and _parse_object(context.request.body) != document:
        expected = "the JSON of the payload as the HTTP body too"
        raise ErrorReply("InvalidJson", "The body is not the JSON of the payload", expected=expected)
    context.document = document


def _parse_object(content: bytes) -> dict[str, Any] | None:
    try:
        document = _decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def check_endpoint(context: RequestContext) -> None:
    """Check that `request` in the payload is the path of the request."""
    path = context.request.path
    if "request" not in context.document:
        raise ErrorReply("MissingPayloadKey", "The payload must have 'request'", expected=f'"request": "{path}"')
    if context.document["request"] != path:
        raise ErrorReply("EndpointMismatch", "EndpointMismatch", expected=f'"request": "{path}"')


def check_schema(context: RequestContext) -> None:
    """Check and parse the request fields."""
    context.parameters = parse_fields(FIELDS[context.request.path], context.document)


def check_nonce(context: RequestContext) -> None:
    """Check the nonce, and record it; a request with an access token needs none."""
    key = context.principal
    if isinstance(key, Token):
        return
    if "nonce" not in context.document:
        raise ErrorReply("MissingNonce", "Must provide 'nonce' in the payload", expected='"nonce": <a number>')
    nonce = parse_nonce(context.document["nonce"])
    if key.nonce is NonceMode.TIME_BASED:
        check_nonce_time(nonce, context.now_ms, context.state.choices.nonce_window_s)
    else:
        check_nonce_increases(nonce, context.state.nonces.get(key.api_key))
        context.state.nonces[key.api_key] = str(nonce)


def check_account(context: RequestContext) -> None:
    """Check `account`: required of a master key, and not allowed for an account key or token."""
    principal, name = context.principal, context.parameters.get("account")
    if isinstance(principal, Key) and principal.account is None:
        context.account = _find_account(context, principal.group, name)
        return
    if name is not None:
        message = "This API key belongs to one account; 'account' is for master keys only"
        raise ErrorReply("AccountsOnGroupOnlyApi", message, expected="no 'account'")
    context.account = context.state.accounts[str(principal.account)]


def _find_account(context: RequestContext, group: str, name: str | None) -> Account:
    accounts = context.state.accounts_of_group(group)
    expected = f'"account": one of {", ".join(accounts)}'
    if name is None:
        raise ErrorReply("MissingAccounts", "Expected a JSON payload with accounts", expected=expected)
    if name not in accounts:
        raise ErrorReply("InvalidAccountName", f"Invalid account name: '{as_sent(name)}'", expected=expected)
    return accounts[name]


def check_role(context: RequestContext) -> None:
    """Check the roles of the key, or the scopes of the token."""
    route, principal = ROUTES[context.request.path], context.principal
    if isinstance(principal, Token):
        if route.scope is not None and route.scope not in principal.scopes:
            message = f"To access this endpoint, the access token needs the scope {route.scope}"
            raise ErrorReply("MissingRole", message, status=403, expected=f"a token with the scope {route.scope}")
    elif route.roles and set(route.roles).isdisjoint(principal.roles):
        needed, has = ", ".join(route.roles), ", ".join(principal.roles)
        message = (
            "To access this endpoint, you need to log in to the website and go to the settings page to assign one of "
            f"these roles [{needed}] to API key {principal.api_key} which currently has roles [{has}]"
        )
        raise ErrorReply("MissingRole", message, status=403, expected=f"a key with one of the roles {needed}")


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
