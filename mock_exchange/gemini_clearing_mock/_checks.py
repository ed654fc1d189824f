"""
The checks that every request passes, in the order in which they are made; the first that fails answers.

``CHECKS`` is that order.  Each check looks at one thing, raises a ``Refusal`` or fills in what it found.  The
longer ones stand in modules of their own; what the endpoint then finds wrong is the last check, ``business``, in
``_operations``.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from decimal import Decimal

import msgspec

from gemini_clearing_mock._accounts import Account, Key, Token
from gemini_clearing_mock._call import Call
from gemini_clearing_mock._endpoints import ENDPOINTS
from gemini_clearing_mock._fields import read_fields
from gemini_clearing_mock._nonces import check_nonce
from gemini_clearing_mock._rate import check_rate
from gemini_clearing_mock._refusals import Refusal, as_sent
from gemini_clearing_mock._signature import check_signature

__all__ = ["CHECKS", "Check"]

Check = Callable[[Call], None]

_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
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
    api_key = call.header("X-GEMINI-APIKEY", "MissingApikeyHeader")
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


def check_payload(call: Call) -> None:
    """The payload: there, and base64 in the standard alphabet, padded."""
    call.payload_text = call.header("X-GEMINI-PAYLOAD", "MissingPayloadHeader")
    try:
        call.payload_json = binascii.a2b_base64(call.payload_text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refusal(
            "InvalidJson",
            "The payload is not base64",
            expected="base64 of the JSON, with the standard alphabet, padded, without line breaks",
        ) from None


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
