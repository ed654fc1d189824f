"""
The mock exchange in this process: the only module of the suite that imports the mock.

The suite exchanges bytes and headers with it like with any server, and controls its clock.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

from attrs import frozen

from gemini_clearing_mock import Account, Choices, Config, Exchange, Key, ManualClock, Request, Token, demo_config

from ..wire import UNFUNDED, WireRequest, WireResponse
from .embedded import REQUESTS_PER_MINUTE, EmbeddedTarget

__all__ = ["EmbeddedClock", "embedded_mock", "handler_of", "make_exchange"]


@frozen
class EmbeddedClock:
    """The exchange's clock, in milliseconds."""

    clock: ManualClock

    def now_ms(self) -> int:
        """Return the exchange's time."""
        return self.clock.now_ms()

    def advance_ms(self, duration_ms: int) -> None:
        """Advance the exchange's time."""
        self.clock.advance(ms=duration_ms)


# The counterparty ids of the second group, by the account name; both groups have an account `initiator`.
OTHER_GROUP = {"initiator": "7QK2M9XT", "vault": "B3N8W5LC"}


# By account name, the aliases that the first account has given to other desks.
ALIASES = {"counterparty": "Second desk", "desk3": "Third desk"}

# The choices of the variants, by name.
VARIANTS = {
    "": Choices(),
    "rate": Choices(requests_per_minute=REQUESTS_PER_MINUTE, queued_requests=0),
    "funds": Choices(funds_needed_to_place=True, funds_needed_to_confirm=True),
}


@cache
def _config(variant: str = "") -> Config:
    """Return the demo configuration with callers of limited rights, and a second group with its master key."""
    demo = demo_config()
    balances = demo.accounts[0].balances
    poor = Account("N0FUNDS1", UNFUNDED, "demo", dict.fromkeys(balances, Decimal(0)))
    has_poor = variant == "funds"
    others = tuple(Account(number, name, "other", balances) for name, number in OTHER_GROUP.items())
    return Config(
        symbols=demo.symbols,
        accounts=(*_with_aliases(demo.accounts), *others, *([poor] if has_poor else ())),
        keys=(
            *demo.keys,
            *([_key_of(poor)] if has_poor else ()),
            _master_key("reading group", "Auditor", "demo"),
            _master_key("other group", "Trader", "other"),
        ),
        tokens=(
            *demo.tokens,
            Token("writer", "demo-token-of-writer", ("clearing:create",), demo.tokens[0].account, "demo"),
        ),
        choices=VARIANTS[variant],
    )


def _with_aliases(accounts: tuple[Account, ...]) -> tuple[Account, ...]:
    """Give the other desks the names by which the first account lists them."""
    aliases = {account.counterparty_id: ALIASES[account.name] for account in accounts if account.name in ALIASES}
    first, *others = accounts
    return (Account(first.counterparty_id, first.name, first.group, first.balances, aliases), *others)


def _master_key(name: str, role: str, group: str) -> Key:
    slug = name.replace(" ", "-")
    return Key(name, f"master-demo-{slug}", f"demo-secret-of-{slug}", (role,), None, group)


def _key_of(account: Account) -> Key:
    key, secret = f"account-demo-{account.name}", f"demo-secret-of-{account.name}"
    return Key(account.name, key, secret, ("Trader",), account.counterparty_id, account.group)


def make_exchange(
    start_ms: int, variant: str = ""
) -> tuple[Exchange, EmbeddedClock, Callable[[WireRequest], WireResponse]]:
    """Return a new exchange, its clock, which does not advance by itself, and its handler."""
    clock = ManualClock(start_ms)
    # Consecutive ids, so that two runs with the same seed send the same requests.
    exchange = Exchange(_config(variant), clock=clock, ids=(f"{number:08X}" for number in count(0xA0000001)))
    return exchange, EmbeddedClock(clock), handler_of(exchange.handle)


def embedded_mock() -> EmbeddedTarget:
    """Return the mock as a target."""
    return EmbeddedTarget(make_exchange)


def handler_of(handle: Callable[[Any], Any]) -> Callable[[WireRequest], WireResponse]:
    """Return a handler of the suite's messages."""

    def send(request: WireRequest) -> WireResponse:
        headers = {name.lower(): value for name, value in request.headers}
        try:
            response = handle(Request(method=request.method, path=request.path, headers=headers, body=request.body))
        except Exception as error:
            # A server responds to its own error with status 500; it must not stop the suite.
            return WireResponse(500, {"content-type": "text/plain"}, f"{type(error).__name__}: {error}".encode())
        names = {name.lower(): value for name, value in dict(response.headers).items()}
        return WireResponse(response.status, names, bytes(response.body))

    return send
