"""
The fate of one request: its delays and its faults.

`FAULTS` lists everything that the simulated network can do to a single request. Events of the whole world (restarts,
clock jumps, kills) are in `plan`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, NamedTuple

from tests.simulation.chance import Chance
from tests.simulation.ledger import WireRequest
from tests.simulation.pages import PAGES, RETRY_AFTER, Page

__all__ = ["FAULTS", "LONGEST_WAY_S", "Fate", "draw_fate"]

# A copy of a request arrives within this time or never; time-based nonces are accepted as long.
LONGEST_WAY_S = 30.0


@dataclass(frozen=True, slots=True)
class Fate:
    """The course of one request; by default it arrives and its response arrives."""

    copies_s: tuple[float, ...]
    """The delay until each copy arrives at the exchange; usually one copy."""
    down_s: float
    """The delay of the response."""
    connect_error: str | None = None
    connect_s: float = 0.0
    cut_request: float | None = None
    """The share of its bytes after which the connection breaks: 0.0 before the first, 1.0 after the last."""
    vanishes: bool = False
    response_of: int = 0
    """The copy whose response the client receives."""
    front: Page | str | None = None
    """The response instead of handling the request: a page, or the API's `RateLimit` or `Maintenance`."""
    back: Page | None = None
    """The page that replaces the exchange's response."""
    retry_after: str | None = None
    cut_response: float | None = None
    ends_silently: bool = False
    """Whether a truncated response looks complete."""
    response_vanishes: bool = False
    trickle_s: float = 0.0
    tampering: str | None = None
    lag_s: float = 0.0
    """The age of the view that a read gets."""
    posthumous_error: bool = False
    """Whether `ConnectTimeout` is raised although the request was delivered, as transports that fail over do."""
    interrupt_s: float | None = None
    """The delay until the call is interrupted: by a signal handler's exception, or because its task is canceled."""
    kill_s: float | None = None
    """The delay until the process is killed."""


class FaultKind(NamedTuple):
    """One thing that can go wrong with a request."""

    name: str
    weight: int
    applies_to: (
        str  # "any", "read", "list", "status", "echoed", "write" or "ordered" (writes where a nonce orders requests)
    )
    draw: Callable[[Random, Fate], dict[str, Any]]


def _late(source: Random) -> float:
    """Draw a delay between a tenth of a second and the longest, short ones more often."""
    return float(0.1 * (LONGEST_WAY_S / 0.1) ** source.random())


def _second_copy(source: Random, fate: Fate) -> tuple[float, ...]:
    delay_s = source.choice((0.0, source.uniform(0, 0.05), _late(source)))
    return (*fate.copies_s, max(fate.copies_s[0], min(fate.copies_s[0] + delay_s, LONGEST_WAY_S)))


FAULTS = (
    # The connection.
    FaultKind("refused", 6, "any", lambda s, f: {"connect_error": "ConnectError"}),
    FaultKind("connect-timeout", 3, "any", lambda s, f: {"connect_error": "ConnectTimeout", "connect_s": 60.0}),
    FaultKind("pool-timeout", 1, "any", lambda s, f: {"connect_error": "PoolTimeout", "connect_s": s.uniform(0, 2)}),
    FaultKind("proxy-error", 1, "any", lambda s, f: {"connect_error": "ProxyError"}),
    FaultKind("posthumous-connect-timeout", 3, "any", lambda s, f: {"posthumous_error": True}),
    # The process of the client.
    FaultKind("interrupt", 4, "any", lambda s, f: {"interrupt_s": s.uniform(0, 0.08)}),
    FaultKind("kill", 2, "any", lambda s, f: {"kill_s": s.uniform(0, 0.08)}),
    # The request in transit.
    FaultKind("cut-request", 5, "any", lambda s, f: {"cut_request": s.choice((0.0, 1.0, s.random()))}),
    FaultKind("lost-request", 3, "any", lambda s, f: {"vanishes": True}),
    FaultKind("late-request", 5, "any", lambda s, f: {"copies_s": (_late(s),)}),
    FaultKind("duplicate-first", 5, "ordered", lambda s, f: {"copies_s": _second_copy(s, f)}),
    FaultKind("duplicate-second", 9, "ordered", lambda s, f: {"copies_s": _second_copy(s, f), "response_of": 1}),
    # A response that the exchange did not make, or made without executing the request.
    FaultKind("page-before", 6, "any", lambda s, f: {"front": s.choice(PAGES), "retry_after": s.choice(RETRY_AFTER)}),
    FaultKind("page-after", 6, "any", lambda s, f: {"back": s.choice(PAGES), "retry_after": s.choice(RETRY_AFTER)}),
    FaultKind("rate-limit", 5, "any", lambda s, f: {"front": "RateLimit", "retry_after": s.choice(RETRY_AFTER)}),
    FaultKind("maintenance", 2, "any", lambda s, f: {"front": "Maintenance", "retry_after": s.choice(RETRY_AFTER)}),
    # The response in transit.
    FaultKind("lost-response", 6, "any", lambda s, f: {"response_vanishes": True}),
    FaultKind("late-response", 4, "any", lambda s, f: {"down_s": _late(s)}),
    FaultKind("cut-response", 6, "any", lambda s, f: {"cut_response": s.choice((0.0, s.random(), s.random()))}),
    FaultKind("silently-cut-response", 2, "any", lambda s, f: {"cut_response": s.random(), "ends_silently": True}),
    FaultKind("trickle", 2, "any", lambda s, f: {"trickle_s": s.choice((0.01, 1.0, 4.0))}),
    # The exchange's own response.
    FaultKind("odd-encoding", 3, "any", lambda s, f: {"tampering": s.choice(("bom", "utf-16", "latin-1"))}),
    FaultKind("unknown-word", 3, "write", lambda s, f: {"tampering": "unknown-word"}),
    FaultKind("unknown-word-refused", 3, "write", lambda s, f: {"front": "unknown-word"}),
    FaultKind("crossed-response", 3, "echoed", lambda s, f: {"tampering": "crossed"}),
    FaultKind("null-row", 6, "list", lambda s, f: {"tampering": "null-row"}),
    FaultKind("unreadable-row", 4, "list", lambda s, f: {"tampering": "unreadable-row"}),
    FaultKind("stale-list", 12, "list", lambda s, f: {"lag_s": s.uniform(0.1, 1.5)}),
    FaultKind("stale-status", 8, "status", lambda s, f: {"lag_s": s.uniform(0.1, 1.5)}),
)

_LISTS = ("/v1/clearing/list", "/v1/clearing/broker/list", "/v1/clearing/trades")
_STATUS = "/v1/clearing/status"
_CREATIONS = ("/v1/clearing/new", "/v1/clearing/broker/new")


def _applies(kind: FaultKind, request: WireRequest, *, is_ordered: bool) -> bool:
    match kind.applies_to:
        case "list":
            return request.path in _LISTS
        case "status":
            return request.path == _STATUS
        case "echoed":
            return request.echo != ()
        case "write":
            return request.is_write
        case "ordered":
            # Without ordered nonces the exchange executes both copies of a new order; a client cannot prevent that.
            return is_ordered or request.path not in _CREATIONS
        case _:
            return True


def draw_fate(chance: Chance, request: WireRequest, *, rate: float, is_ordered: bool, lag_s: float = 0.0) -> Fate:
    """Draw the fate of a request, with faults at the given rate."""
    source = chance.source(request.name)
    fate = Fate((source.uniform(0.002, 0.04),), source.uniform(0.002, 0.04), lag_s=lag_s)
    fitting = [kind for kind in FAULTS if _applies(kind, request, is_ordered=is_ordered)]
    weights = [kind.weight for kind in fitting]
    for probability in (rate, rate * rate):
        struck, kind = source.random() < probability, source.choices(fitting, weights)[0]
        changes = kind.draw(source, fate)
        if struck and chance.allows(f"{request.name}:{kind.name}"):
            fate = replace(fate, **changes)
            request.faults.append(kind.name)
    return fate
