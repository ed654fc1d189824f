"""
Writes of one thread through the proxy: place, cancel and confirm orders, and record the client's statements.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from gemini_clearing import (
    GeminiClearing,
    InvalidNonceError,
    MaintenanceError,
    MaybeExecutedError,
    NotSentError,
    RateLimitError,
    RejectedError,
    Resolution,
)

__all__ = ["Trader", "Write"]

_MAX_CALLS = 5
_MAX_RESOLUTIONS = 20
_AGAIN = (RateLimitError, InvalidNonceError, MaintenanceError)


@dataclass
class Write:
    """One thing that is to happen once, and the client's statements about it."""

    kind: str
    """`placed`, `canceled` or `confirmed`."""
    subject: str
    """The unique amount of a new order; otherwise the order's id."""
    statements: list[str] = field(default_factory=list)
    clearing_id: str | None = None
    evidence: tuple[str, ...] = ()
    problem: str | None = None
    """A foreign exception, or an outcome that could not be resolved."""


class Trader:
    """A desk and its counterparty, each with a client and a key."""

    def __init__(self, number: int, desk: GeminiClearing, counterparty: GeminiClearing, counterparty_id: str) -> None:
        self._number = number
        self._desk = desk
        self._counterparty = counterparty
        self._counterparty_id = counterparty_id
        self._source = Random(number)
        self._placed: list[tuple[str, dict[str, Any]]] = []
        self.writes: list[Write] = []

    def trade(self, count: int) -> None:
        """Make a number of writes."""
        while len(self.writes) < count:
            kind = self._source.choices(("placed", "canceled", "confirmed"), (60, 20, 20))[0]
            if kind == "placed" or not self._placed:
                self._place()
            else:
                clearing_id, terms = self._placed.pop(self._source.randrange(len(self._placed)))
                write = Write(kind, clearing_id)
                if kind == "canceled":
                    self._carry_out(write, self._desk, "cancel_order", {"clearing_id": clearing_id})
                else:
                    terms = {name: terms[name] for name in ("symbol", "amount", "price")}
                    arguments = {"clearing_id": clearing_id, **terms, "side": "sell"}
                    self._carry_out(write, self._counterparty, "confirm_order", arguments)

    def _place(self) -> None:
        amount = Decimal(self._number * 1_000_000 + len(self.writes) + 1)
        terms = {"symbol": "btcusd", "amount": amount, "price": "9500", "side": "buy"}
        write = Write("placed", str(amount))
        self._carry_out(write, self._desk, "create_order", {**terms, "counterparty_id": self._counterparty_id})
        if write.clearing_id is not None:
            self._placed.append((write.clearing_id, terms))

    def _carry_out(self, write: Write, client: GeminiClearing, method: str, arguments: dict[str, Any]) -> None:
        """Call until it is done or must not be called again."""
        self.writes.append(write)
        for _ in range(_MAX_CALLS):
            try:
                result = getattr(client, method)(**arguments)
            except NotSentError:
                write.statements.append("not sent")
            except RejectedError as error:
                write.statements.append("rejected")
                if not isinstance(error, _AGAIN):
                    return
            except MaybeExecutedError as error:
                write.statements.append("unknown")
                if not self._resolve(write, error):
                    return
            except Exception as error:
                write.problem = repr(error)
                return
            else:
                write.statements.append("done")
                write.clearing_id = getattr(result, "clearing_id", None)
                return

    def _resolve(self, write: Write, error: MaybeExecutedError) -> bool:
        """Resolve a call with an unknown outcome; return whether it may be made again."""
        for _ in range(_MAX_RESOLUTIONS):
            try:
                resolution: Resolution = error.resolve()
            except (NotSentError, RejectedError, MaybeExecutedError) as failed:
                write.problem = f"cannot be resolved: {failed}"
                continue
            write.problem = None
            write.statements.append(str(resolution.outcome))
            write.evidence = tuple(str(getattr(row, "clearing_id", None)) for row in resolution.evidence)
            if resolution.outcome == "executed" and write.kind == "placed" and len(write.evidence) == 1:
                write.clearing_id = write.evidence[0]
            return resolution.outcome == "not executed"
        return False
