"""Faults with master keys, with access tokens and their scopes, and with the account that a request names."""

from typing import Any

from attrs import evolve

from gemini_clearing_contract.wire import AUTHORIZATION_HEADER, WireRequest, WireResponse
from tests.faults.catalog.interceptors import intercept
from tests.faults.catalog.layers import CALLERS, ERROR_PRECEDENCE, REJECTED_REQUESTS
from tests.faults.catalog.source_text import Row, mock_faults
from tests.faults.seeded_fault import SeededFault
from tests.faults.world import Handle

__all__ = ["CALLER_FAULTS"]

OWN_ACCOUNT = "    if name is not None:\n        message = "
NO_ACCOUNT = "    if name is None:\n        raise ErrorReply("
UNKNOWN_ACCOUNT = "    if name not in accounts:\n        raise ErrorReply("
IS_TOKEN_WITH_NONCE = "    if isinstance(key, Token):\n"
SCOPE = "if route.scope is not None and route.scope not in principal.scopes:"
MASTER_KEY_ROWS: tuple[Row, ...] = (
    (
        "lets a master key without an account act for the first one",
        CALLERS,
        NO_ACCOUNT,
        "    if name is None:\n        return next(iter(accounts.values()))\n    if False:\n        raise ErrorReply(",
    ),
    (
        "takes an unknown account of a master key as the first one",
        CALLERS,
        UNKNOWN_ACCOUNT,
        "    if name not in accounts:\n        return next(iter(accounts.values()))\n        raise ErrorReply(",
    ),
    (
        "lets a master key act for accounts that only other groups have",
        CALLERS,
        "    accounts = context.state.accounts_of_group(group)\n",
        (
            "    accounts = {account.name: account for account in context.state.accounts.values()}\n"
            "    accounts |= context.state.accounts_of_group(group)\n"
        ),
    ),
    (
        "takes the account of another group that has the same name",
        CALLERS,
        "    accounts = context.state.accounts_of_group(group)\n",
        (
            "    accounts = context.state.accounts_of_group(group)\n"
            "    accounts = {account.name: account for account in context.state.accounts.values() if account.name in accounts}\n"
        ),
    ),
    (
        "lets a master key act only for the first account",
        CALLERS,
        "    return accounts[name]\n",
        "    return next(iter(accounts.values()))\n",
    ),
    ("names another reason for a missing account", CALLERS, '"MissingAccounts", "Expected', '"MissingName", "Expected'),
    (
        "names another reason for an unknown account",
        CALLERS,
        '"InvalidAccountName", f"Invalid account name: ',
        '"AccountClosed", f"Invalid account name: ',
    ),
    (
        "rejects an unknown account with status 404",
        CALLERS,
        "as_sent(name)}'\", expected=expected)",
        "as_sent(name)}'\", status=404, expected=expected)",
    ),
    (
        "does not check the role of a master key",
        CALLERS,
        "elif route.roles and set(route.roles).isdisjoint(principal.roles):",
        "elif principal.account and route.roles and set(route.roles).isdisjoint(principal.roles):",
    ),
    (
        "does not check the nonce of a master key",
        CALLERS,
        IS_TOKEN_WITH_NONCE,
        "    if isinstance(key, Token) or key.account is None:\n",
    ),
    (
        "has a sequence of nonces for each account of a master key",
        CALLERS,
        "nonces.get(key.api_key))\n        context.state.nonces[key.api_key] = str(nonce)",
        (
            "nonces.get(f\"{key.api_key} {context.document.get('account')}\"))\n"
            "        context.state.nonces[f\"{key.api_key} {context.document.get('account')}\"] = str(nonce)"
        ),
    ),
    (
        "does not check the signature of a master key",
        ERROR_PRECEDENCE,
        "    if isinstance(context.principal, Token):\n",
        "    if isinstance(context.principal, Token) or context.principal.account is None:\n",
    ),
    (
        "checks the account of a master key before the schema",
        ERROR_PRECEDENCE,
        "    context.parameters = parse_fields(",
        (
            "    if isinstance(context.principal, Key) and context.principal.account is None:\n"
            '        _find_account(context, context.principal.group, context.document.get("account"))\n'
            "    context.parameters = parse_fields("
        ),
    ),
    (
        "checks the account of a master key before the nonce",
        ERROR_PRECEDENCE,
        '    if "nonce" not in context.document:\n',
        (
            "    if key.account is None:\n"
            '        _find_account(context, key.group, context.parameters.get("account"))\n'
            '    if "nonce" not in context.document:\n'
        ),
    ),
    (
        "does not spend the nonce of a request for an unknown account",
        REJECTED_REQUESTS,
        UNKNOWN_ACCOUNT,
        "    if name not in accounts:\n        context.state.nonces.pop(context.principal.owner, None)\n        raise ErrorReply(",
    ),
    (
        "lets a master key read the orders of every account",
        CALLERS,
        "or order.is_open):",
        "or order.is_open or context.principal.account is None):",
    ),
    (
        "finds no order for the master key that another caller placed",
        CALLERS,
        "or order.is_open):",
        "or order.is_open) or (context.principal.account is None and order.placed_with != context.principal.owner):",
    ),
)
ACCOUNT_KEY_ROWS: tuple[Row, ...] = (
    (
        "lets the key of an account name its own account",
        CALLERS,
        OWN_ACCOUNT,
        "    if name is not None and name != context.state.accounts[str(principal.account)].name:\n        message = ",
    ),
    (
        "lets the key of an account act for the account of its group that it names",
        CALLERS,
        OWN_ACCOUNT,
        "    accounts = context.state.accounts_of_group(principal.group)\n"
        "    if name in accounts:\n        context.account = accounts[name]\n        return\n" + OWN_ACCOUNT,
    ),
    (
        "lets only the caller that placed an order cancel it for the account",
        CALLERS,
        "    if context.account_id not in order.parties or ",
        (
            "    if context.account_id == order.placed_by and order.placed_with != context.principal.owner:\n"
            "        raise FailedCancelReply(order.clearing_id)\n"
            "    if context.account_id not in order.parties or "
        ),
    ),
    (
        "lets a master key confirm an order that its account placed",
        CALLERS,
        "    if context.account_id == order.placed_by and order.awaits_confirmation:",
        "    if context.principal.account and context.account_id == order.placed_by and order.awaits_confirmation:",
    ),
)
TOKEN_ROWS: tuple[Row, ...] = (
    ("does not check the scopes of a token", CALLERS, SCOPE, "if False:"),
    (
        "lets a token with any scope call every operation",
        CALLERS,
        SCOPE,
        "if route.scope is not None and not principal.scopes:",
    ),
    (
        "lets a token with the scope for creating also read",
        CALLERS,
        SCOPE,
        'if route.scope is not None and not {route.scope, "clearing:create"} & set(principal.scopes):',
    ),
    (
        "requires both scopes for reading",
        CALLERS,
        SCOPE,
        "if route.scope is not None and len(principal.scopes) < 2:",
    ),
    (
        "requires no scope to place an order for two desks",
        CALLERS,
        'Route("create_broker_order", _TRADER, _CREATE)',
        'Route("create_broker_order", _TRADER, None)',
    ),
    (
        "requires the scope for reading to confirm",
        CALLERS,
        'Route("confirm_order", _TRADER, _CREATE)',
        'Route("confirm_order", _TRADER, _READ)',
    ),
    (
        "rejects a token without the scope with status 400",
        CALLERS,
        'status=403, expected=f"a token with',
        'status=400, expected=f"a token with',
    ),
    (
        "takes an unknown token as the first one",
        CALLERS,
        "context.state.tokens.get(match[1]) if match else None\n",
        "context.state.tokens.get(match[1], next(iter(context.state.tokens.values()))) if match else None\n",
    ),
    (
        "takes the beginning of a token as the token",
        CALLERS,
        "context.state.tokens.get(match[1]) if match else None\n",
        "next((one for row, one in context.state.tokens.items() if match and row.startswith(match[1])), None)\n",
    ),
    (
        "ignores the letter case of a token",
        CALLERS,
        "context.state.tokens.get(match[1])",
        "context.state.tokens.get(match[1].lower())",
    ),
    ("takes a token with any scheme", CALLERS, 'r"bearer +(\\S+)"', 'r"\\S+ +(\\S+)"'),
    ("takes a token without a scheme", CALLERS, 'r"bearer +(\\S+)"', 'r"(?:bearer +)?(\\S+)"'),
    ("requires the scheme in one letter case", CALLERS, 'r"bearer +(\\S+)", re.IGNORECASE', 'r"Bearer +(\\S+)"'),
    (
        "rejects an unknown token with status 403",
        CALLERS,
        '"Invalid access token", expected=expected)',
        '"Invalid access token", status=403, expected=expected)',
    ),
    (
        "requires a nonce of a token",
        CALLERS,
        IS_TOKEN_WITH_NONCE,
        '    if isinstance(key, Token) and "nonce" in context.document:\n',
    ),
    (
        "counts the nonce of a token for the keys of its account",
        CALLERS,
        IS_TOKEN_WITH_NONCE,
        (
            '    if isinstance(key, Token) and "nonce" in context.document:\n'
            "        for other in context.state.keys.values():\n"
            "            if other.account == key.account:\n"
            '                context.state.nonces[other.api_key] = str(parse_nonce(context.document["nonce"]))\n'
            "    if isinstance(key, Token):\n"
        ),
    ),
    (
        "takes a known token that is sent with a key",
        CALLERS,
        '        if headers.get("x-gemini-apikey") or headers.get("x-gemini-signature"):\n',
        (
            '        is_known = authorization.rpartition(" ")[2] in context.state.tokens\n'
            '        if not is_known and (headers.get("x-gemini-apikey") or headers.get("x-gemini-signature")):\n'
        ),
    ),
    (
        "ignores a signature that is sent with a token",
        CALLERS,
        '        if headers.get("x-gemini-apikey") or headers.get("x-gemini-signature"):\n',
        '        if headers.get("x-gemini-apikey"):\n',
    ),
    (
        "ignores the account that a request with a token names",
        ERROR_PRECEDENCE,
        OWN_ACCOUNT,
        "    if name is not None and isinstance(principal, Key):\n        message = ",
    ),
    (
        "checks the scope of a token before the path",
        ERROR_PRECEDENCE,
        '    path = context.request.path\n    if "request" not in context.document:',
        (
            "    path = context.request.path\n"
            "    if isinstance(context.principal, Token):\n        check_role(context)\n"
            '    if "request" not in context.document:'
        ),
    ),
    (
        "checks the payload of a token before the token",
        ERROR_PRECEDENCE,
        "        context.credential = _find_token(context, authorization)\n",
        "        check_payload(context)\n        context.credential = _find_token(context, authorization)\n",
    ),
    (
        "finds no order for a token that another caller placed",
        CALLERS,
        "or order.is_open):",
        (
            'or order.is_open) or (context.principal.owner.startswith("oauth:") '
            "and order.placed_with != context.principal.owner):"
        ),
    ),
    (
        "lists for a token only the orders that it placed",
        CALLERS,
        "    filters = [*_filters(context), *_desk_filters(context, account)]\n",
        (
            "    filters = [*_filters(context), *_desk_filters(context, account)]\n"
            '    if context.principal.owner.startswith("oauth:"):\n'
            "        filters.append(lambda order: order.placed_with == context.principal.owner)\n"
        ),
    ),
    (
        "lists for a key no order that a token placed",
        CALLERS,
        "    filters = [*_filters(context), *_desk_filters(context, account)]\n",
        (
            "    filters = [*_filters(context), *_desk_filters(context, account)]\n"
            '    if not context.principal.owner.startswith("oauth:"):\n'
            '        filters.append(lambda order: not order.placed_with.startswith("oauth:"))\n'
        ),
    ),
)


def execute_and_reject(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Execute a request of a token without the scope, by a token of its account that has it, and reject it."""
    response = handle(request)
    if response.status == 403 and request.header(AUTHORIZATION_HEADER):
        allowed = next(token.token for token in exchange.tokens if len(token.scopes) > 1)
        headers = {**dict(request.headers), AUTHORIZATION_HEADER: f"Bearer {allowed}"}
        handle(evolve(request, headers=tuple(headers.items())))
    return response


CALLER_FAULTS = (
    *mock_faults((*MASTER_KEY_ROWS, *ACCOUNT_KEY_ROWS, *TOKEN_ROWS)),
    SeededFault(
        "executes the request of a token without the scope, and rejects it",
        "mock",
        REJECTED_REQUESTS,
        intercept(execute_and_reject),
    ),
)
