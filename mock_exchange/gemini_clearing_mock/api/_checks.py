"""
The checks that every request passes, in the order in which they are made; the first that fails answers.

``CHECKS`` is that order.  Each check looks at one thing, raises a ``ErrorReply`` or fills in what it found.  The
longer ones stand in modules of their own; what the endpoint then finds wrong is the last check, ``business``, in
``_operations``.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from decimal import Decimal

import msgspec

from ..state._accounts import Account, Key, Token
from ._context import RequestContext
from ._error_reply import ErrorReply, as_sent
from ._fields import read_fields
from ._nonces import check_nonce
from ._rate import check_rate
from ._routes import ROUTES
from ._signature import check_signature

__all__ = ["CHECKS", "Check"]

Check = Callable[[RequestContext], None]

_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_KEY_HEADERS = ("x-gemini-apikey", "x-gemini-payload", "x-gemini-signature")


def check_path(context: RequestContext) -> None:
    """The path: that of an endpoint."""
    if context.request.path not in ROUTES:
        expected = "one of " + ", ".join(ROUTES)
        raise ErrorReply("EndpointNotFound", "API entry point not found", status=404, expected=expected)


def check_method(context: RequestContext) -> None:
    """The method: every private endpoint is called with POST."""
    if context.request.method != "POST":
        message = f"Method {as_sent(context.request.method)} is not allowed here"
        raise ErrorReply("MethodNotAllowed", message, status=405, expected="POST", headers={"allow": "POST"})


def check_key(context: RequestContext) -> None:
    """Who asks: an API key or an access token, known here, and not both."""
    headers = context.request.headers
    bearer = headers.get("authorization")
    if bearer:
        if headers.get("x-gemini-apikey") or headers.get("x-gemini-signature"):
            raise ErrorReply(
                "AmbiguousAuthentication",
                "Must provide either an API key with a signature or an access token, not both",
                expected="either X-GEMINI-APIKEY and X-GEMINI-SIGNATURE, or Authorization",
            )
        context.credential = _token(context, bearer)
        return
    if not any(map(headers.get, _KEY_HEADERS)):
        message = "Must provide 'X-GEMINI-APIKEY', 'X-GEMINI-PAYLOAD' and 'X-GEMINI-SIGNATURE' headers"
        raise ErrorReply("MissingSecurityHeaders", message, expected="the three headers, and an empty body")
    api_key = context.header("X-GEMINI-APIKEY", "MissingApikeyHeader")
    context.credential = context.state.keys.get(api_key)
    if context.credential is None:
        raise ErrorReply("InvalidApiKey", "Invalid API key", expected=_known(context))


def _token(context: RequestContext, bearer: str) -> Token:
    match = _BEARER.fullmatch(bearer)
    token = context.state.tokens.get(match[1]) if match else None
    if token is None:
        raise ErrorReply(
            "InvalidApiKey", "Invalid access token", expected="Authorization: Bearer <a known access token>"
        )
    return token


def _known(context: RequestContext) -> str:
    return "one of " + ", ".join(sorted(context.state.keys))


def check_payload(context: RequestContext) -> None:
    """The payload: there, and base64 in the standard alphabet, padded."""
    context.payload_text = context.header("X-GEMINI-PAYLOAD", "MissingPayloadHeader")
    try:
        context.payload_json = binascii.a2b_base64(context.payload_text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ErrorReply(
            "InvalidJson",
            "The payload is not base64",
            expected="base64 of the JSON, with the standard alphabet, padded, without line breaks",
        ) from None


def check_json(context: RequestContext) -> None:
    """The payload's text: a JSON object in UTF-8."""
    try:
        document = _decode(context.payload_json)
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ErrorReply("InvalidJson", "The payload is not a JSON object", expected="a JSON object in UTF-8")
    context.document = document


def check_endpoint(context: RequestContext) -> None:
    """The payload's ``request``: the path that was called."""
    path = context.request.path
    if "request" not in context.document:
        raise ErrorReply("MissingPayloadKey", "The payload must have 'request'", expected=f'"request": "{path}"')
    if context.document["request"] != path:
        raise ErrorReply("EndpointMismatch", "EndpointMismatch", expected=f'"request": "{path}"')


def check_schema(context: RequestContext) -> None:
    """The other fields, by the table in ``_fields``."""
    context.parameters = read_fields(ROUTES[context.request.path].fields, context.document)


def check_account(context: RequestContext) -> None:
    """The account: named by a master key, of one group; never named by an account key or a token."""
    who, name = context.who, context.parameters.get("account")
    if isinstance(who, Key) and who.account is None:
        context.account = _account_of_group(context, who.group, name)
        return
    if name is not None:
        message = "This API key belongs to one account; 'account' is for master keys only"
        raise ErrorReply("AccountsOnGroupOnlyApi", message, expected="no 'account'")
    context.account = context.state.accounts[str(who.account)]


def _account_of_group(context: RequestContext, group: str, name: str | None) -> Account:
    accounts = {account.name: account for account in context.state.accounts.values() if account.group == group}
    expected = f'"account": one of {", ".join(accounts)}'
    if name is None:
        raise ErrorReply("MissingAccounts", "Expected a JSON payload with accounts", expected=expected)
    if name not in accounts:
        raise ErrorReply("InvalidAccountName", f"Invalid account name: '{as_sent(name)}'", expected=expected)
    return accounts[name]


def check_role(context: RequestContext) -> None:
    """The role of the key, or the scope of the token."""
    endpoint, who = ROUTES[context.request.path], context.who
    if isinstance(who, Token):
        if endpoint.scope is not None and endpoint.scope not in who.scopes:
            message = f"To access this endpoint, the access token needs the scope {endpoint.scope}"
            raise ErrorReply("MissingRole", message, status=403, expected=f"a token with the scope {endpoint.scope}")
    elif endpoint.roles and not set(endpoint.roles) & set(who.roles):
        needed, has = ", ".join(endpoint.roles), ", ".join(who.roles)
        message = (
            "To access this endpoint, you need to log in to the website and go to the settings page to assign one of "
            f"these roles [{needed}] to API key {who.api_key} which currently has roles [{has}]"
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
