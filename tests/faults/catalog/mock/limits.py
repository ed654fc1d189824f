"""Faults of the rate limit, and with an account that has no funds."""

from textwrap import indent
from typing import Any

from attrs import evolve

from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.faults.catalog.interceptors import on_response
from tests.faults.catalog.layers import LIMITS
from tests.faults.catalog.source_text import Row, mock_faults
from tests.faults.seeded_fault import SeededFault

__all__ = ["LIMIT_FAULTS"]

IS_LATE = "    if late_us > queued * step_us:\n"
RETRY_AFTER = 'headers={"retry-after": str(retry_after_s)}'
RATE_RULE = '    ("rate", check_rate),\n'
LIMIT_RATE = (
    "    session, context.delay_ms = limit_rate(\n"
    "        state.sessions.get(principal.owner),\n"
    "        context.now_ms,\n"
    "        state.choices.requests_per_minute,\n"
    "        state.choices.queued_requests,\n"
    "    )\n"
)
SESSION_OWNER = "        state.sessions.get(principal.owner),\n"
CHECK_PLACING = (
    "        _check_funds(context, order, context.account_id)\n    context.state.put_order(order)\n    status"
)
CHECK_BROKERED = "        _check_funds(context, order, *order.desks)\n    context.state.put_order(order)\n"
CHECK_CONFIRMING = (
    "        _check_funds(context, order, context.account_id)\n    context.state.put_order(apply_event(order, event"
)
LACKS_FUNDS = "        if not has_funds(context.state, order, desk):\n"
FUNDS_REPLY = 'raise ErrorReply("InsufficientFunds", message, status=406, expected=expected)'
RATE_ROWS: tuple[Row, ...] = (
    ("does not limit the rate of a key", LIMITS, IS_LATE, "    if False:\n"),
    ("limits the rate one request too early", LIMITS, IS_LATE, "    if late_us > queued * step_us - step_us:\n"),
    ("limits the rate one request too late", LIMITS, IS_LATE, "    if late_us > queued * step_us + step_us:\n"),
    (
        "rejects a request above the limit with status 400",
        LIMITS,
        "            status=429,\n",
        "            status=400,\n",
    ),
    (
        "rejects a request above the limit with status 403",
        LIMITS,
        "            status=429,\n",
        "            status=403,\n",
    ),
    ("names another reason above the limit", LIMITS, '            "RateLimit",\n', '            "InvalidNonce",\n'),
    ("has no message above the limit", LIMITS, '            "Too Many Requests",\n', '            "",\n'),
    ("demands a negative pause", LIMITS, RETRY_AFTER, 'headers={"retry-after": str(-retry_after_s)}'),
    ("demands a pause with a fraction", LIMITS, RETRY_AFTER, 'headers={"retry-after": f"{retry_after_s}.5"}'),
    ("demands a pause with its unit", LIMITS, RETRY_AFTER, 'headers={"retry-after": f"{retry_after_s} s"}'),
    ("demands a pause that is too short", LIMITS, RETRY_AFTER, 'headers={"retry-after": "1"}'),
    (
        "shares one rate limit among all keys",
        LIMITS,
        SESSION_OWNER,
        "        next(iter(state.sessions.values()), None),\n",
    ),
    (
        "spends the nonce of a request above the limit",
        LIMITS,
        LIMIT_RATE,
        (
            f"    try:\n{indent(LIMIT_RATE, '    ')}    except ErrorReply:\n"
            "        document = _parse_object(context.payload_json) or {}\n"
            '        state.nonces[principal.api_key] = str(document.get("nonce", 0))\n'
            "        raise\n"
        ),
    ),
    (
        "checks the rate before the signature",
        LIMITS,
        '    ("signature", check_signature),\n' + RATE_RULE,
        RATE_RULE + '    ("signature", check_signature),\n',
    ),
    (
        "checks the rate after the JSON",
        LIMITS,
        RATE_RULE + '    ("json", check_json),\n',
        '    ("json", check_json),\n' + RATE_RULE,
    ),
)
FUNDS_ROWS: tuple[Row, ...] = (
    (
        "places orders without funds",
        LIMITS,
        CHECK_PLACING,
        CHECK_PLACING.replace("        _check", "        0 and _check", 1),
    ),
    ("places broker orders without funds", LIMITS, CHECK_BROKERED, CHECK_BROKERED.replace("*order.desks", "*()")),
    (
        "checks only the funds of a broker order's source",
        LIMITS,
        CHECK_BROKERED,
        CHECK_BROKERED.replace("*order.desks", "order.source"),
    ),
    (
        "confirms orders without funds",
        LIMITS,
        CHECK_CONFIRMING,
        CHECK_CONFIRMING.replace("        _check", "        0 and _check", 1),
    ),
    (
        "checks only the funds of sellers",
        LIMITS,
        LACKS_FUNDS,
        "        if order.side_of(desk) is not Side.BUY and not has_funds(context.state, order, desk):\n",
    ),
    (
        "checks only the funds of buyers",
        LIMITS,
        LACKS_FUNDS,
        "        if order.side_of(desk) is Side.BUY and not has_funds(context.state, order, desk):\n",
    ),
    ("rejects an order without funds with status 400", LIMITS, FUNDS_REPLY, FUNDS_REPLY.replace("406", "400")),
    ("rejects an order without funds with status 200", LIMITS, FUNDS_REPLY, FUNDS_REPLY.replace("406", "200")),
    (
        "names another reason without funds",
        LIMITS,
        FUNDS_REPLY,
        FUNDS_REPLY.replace("InsufficientFunds", "InvalidQuantity"),
    ),
    ("has no message without funds", LIMITS, FUNDS_REPLY, FUNDS_REPLY.replace("message,", '"",')),
    (
        "places an order that it rejects for its funds",
        LIMITS,
        LACKS_FUNDS,
        LACKS_FUNDS + "            context.state.put_order(order)\n",
    ),
    (
        "confirms an order that it rejects for its funds",
        LIMITS,
        FUNDS_REPLY,
        (
            'if "clearing_id" in context.parameters:\n'
            "                context.state.put_order(apply_event(order, Event.CONFIRM_BY_TARGET, context.now_ms))\n"
            "            " + FUNDS_REPLY
        ),
    ),
    (
        "does not spend the nonce of an order without funds",
        LIMITS,
        FUNDS_REPLY,
        'context.state.nonces[context.principal.api_key] = "0"\n            ' + FUNDS_REPLY,
    ),
)


def _as_page(request: WireRequest, response: WireResponse) -> WireResponse:
    """Respond above the limit like the proxy of a content delivery network."""
    page = WireResponse(429, {**response.headers, "content-type": "text/html"}, b"<h1>Too Many Requests</h1>")
    return page if response.status == 429 else response


def _changed(status: int, **fields: Any) -> Any:
    def change(request: WireRequest, response: WireResponse) -> WireResponse:
        return evolve(response, **fields) if response.status == status else response

    return on_response(change)


LIMIT_FAULTS = (
    *mock_faults(RATE_ROWS),
    *mock_faults(FUNDS_ROWS),
    SeededFault("responds above the limit with a web page", "mock", LIMITS, on_response(_as_page)),
    SeededFault("responds above the limit with nothing", "mock", LIMITS, _changed(429, body=b"")),
    SeededFault("responds without funds with an empty object", "mock", LIMITS, _changed(406, body=b"{}")),
    SeededFault(
        "responds without funds as text", "mock", LIMITS, _changed(406, headers={"content-type": "text/plain"})
    ),
)
