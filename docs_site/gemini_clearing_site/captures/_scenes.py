"""The list of the captures: the commands, the width of the terminal, and the faults of the exchange."""

from collections.abc import Callable

import attrs

from gemini_clearing_mock import Exchange

__all__ = ["BOOK", "SCENES", "Command", "Scene"]

BOOK = """\
clearing_id,symbol,side,amount,price,status
A0681QDV,btcusd,buy,100,9500.50,Confirmed
"""
"""The book that `reconcile` reads, in the file `book.csv`."""

_ORDER = "--symbol ethusd --amount 40 --price 2151.50 --side buy --counterparty-id OM9VNL1G"

# A walk without an end has other steps on another day.
_TIMES = "--start 2025-11-27T10:45:00Z --end 2025-11-29T00:00:00Z"


@attrs.frozen
class Command:
    """A command line, the exit code that it must have, and the reply to its prompt."""

    line: str
    code: int = 0
    reply: str = ""
    until: str = ""
    """The text at which the capture ends; without it, the command ends it."""


@attrs.frozen
class Scene:
    """A capture: commands in one terminal, one after another."""

    name: str
    commands: tuple[Command, ...]
    columns: int = 80
    before: Callable[[Exchange], object] = lambda exchange: None
    """Prepares the exchange."""


def _lose_response(exchange: Exchange) -> None:
    """Execute the next order, and send the page of a gateway instead of its response."""
    exchange.faults.add("html", operation="create_order", status=502)


def _hold_fifth(exchange: Exchange) -> None:
    """Delay the fifth request of a walk, so that the capture shows four requests on every machine."""
    # The fault is drawn from the seed: with this one, the fifth request is the first.
    exchange.faults.add("latency", operation="list_orders", delay_ms=60_000, probability=0.1, seed=38)


SCENES = (
    Scene("orders-80", (Command("gemini-clearing order list"),)),
    Scene("orders-200", (Command("gemini-clearing order list"),), columns=200),
    Scene("reconcile", (Command("gemini-clearing reconcile book.csv --since 2025-11-28T12:00:00Z", code=7),)),
    Scene("explain", (Command("gemini-clearing explain order status A0681QDV"),)),
    Scene("rejected", (Command("gemini-clearing order cancel A0681QDV --yes", code=4),)),
    Scene("new-order", (Command(f"gemini-clearing order new {_ORDER}", reply="y"),)),
    Scene("unknown", (Command(f"gemini-clearing order new {_ORDER} --yes", code=5),), before=_lose_response),
    Scene(
        "progress",
        (Command(f"gemini-clearing order list --profile bulk {_TIMES} --csv > orders.csv", until=" UTC"),),
        before=_hold_fifth,
    ),
)
