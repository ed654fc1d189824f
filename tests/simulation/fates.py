"""
The fate of one request: its delays and its faults.

`FAULTS` lists everything that the simulated network can do to a single request. Events of the whole world (restarts,
clock jumps, kills) are in `plan`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from tests.simulation.chance import Chance
from tests.simulation.ledger import WireRequest
from tests.simulation.pages import PAGES, RETRY_AFTER, Page

__all__ = ["CONNECT_FAULTS", "FAULTS", "LONGEST_WAY_S", "Fate", "draw_connect_fault", "draw_fate"]

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
    """The response instead of handling the request: a page, or an error response of the API."""
    is_front_gone: bool = False
    """Whether only the first copy gets that response, and the exchange handles the second one."""
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
    has_surplus: bool = False
    """Whether another response follows in the same segment."""
    has_interim: bool = False
    """Whether an interim response (1xx) precedes the response."""
    closes_after_s: float | None = None
    """The delay after the response until the exchange closes the idle connection."""
    framing: str = "length"
    """The framing of the body: `length`, `chunked` or `close`."""
    segments: int = 1
    """The number of segments in which the response arrives."""


class FaultKind(NamedTuple):
    """One thing that can go wrong with a request."""

    name: str
    weight: int
    applies_to: str
    """
    `any`, `list`, `status`, `write`, `creation`, `echoed` (the response repeats arguments),
    `ordered` (nonces order the requests), `unordered` (they do not, and the order exists), `message` (whole messages
    are passed on) or `stream` (bytes are).
    """
    draw: Callable[[Random, Fate], dict[str, Any]]


def _late(source: Random) -> float:
    """Draw a delay between a tenth of a second and the longest, short ones more often."""
    return float(0.1 * (LONGEST_WAY_S / 0.1) ** source.random())


def _second_copy(source: Random, fate: Fate) -> tuple[float, ...]:
    delay_s = source.choice((0.0, source.uniform(0, 0.05), _late(source)))
    return (*fate.copies_s, max(fate.copies_s[0], min(fate.copies_s[0] + delay_s, LONGEST_WAY_S)))


FAULTS = (
    # The connection; `CONNECT_FAULTS` has those of streams.
    FaultKind("refused", 6, "message", lambda s, f: {"connect_error": "ConnectError"}),
    FaultKind("connect-timeout", 3, "message", lambda s, f: {"connect_error": "ConnectTimeout", "connect_s": 60.0}),
    FaultKind(
        "pool-timeout", 1, "message", lambda s, f: {"connect_error": "PoolTimeout", "connect_s": s.uniform(0, 2)}
    ),
    FaultKind("proxy-error", 1, "message", lambda s, f: {"connect_error": "ProxyError"}),
    FaultKind("posthumous-connect-timeout", 3, "message", lambda s, f: {"posthumous_error": True}),
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
    FaultKind("rate-limit", 8, "any", lambda s, f: {"front": "RateLimit", "retry_after": s.choice(RETRY_AFTER)}),
    FaultKind(
        "not-found-yet",
        12,
        "unordered",
        lambda s, f: {"copies_s": _second_copy(s, f), "front": "OrderNotFound", "is_front_gone": True},
    ),
    FaultKind("maintenance", 2, "any", lambda s, f: {"front": "Maintenance", "retry_after": s.choice(RETRY_AFTER)}),
    # The response in transit.
    FaultKind("lost-response", 6, "any", lambda s, f: {"response_vanishes": True}),
    FaultKind("late-response", 4, "any", lambda s, f: {"down_s": _late(s)}),
    FaultKind("cut-response", 6, "any", lambda s, f: {"cut_response": s.choice((0.0, s.random(), s.random()))}),
    FaultKind("silently-cut-response", 2, "any", lambda s, f: {"cut_response": s.random(), "ends_silently": True}),
    FaultKind("trickle", 2, "any", lambda s, f: {"trickle_s": s.choice((0.01, 1.0, 4.0))}),
    FaultKind("second-response", 6, "stream", lambda s, f: {"has_surplus": True}),
    FaultKind("closed-when-idle", 6, "stream", lambda s, f: {"closes_after_s": s.choice((0.0, s.uniform(0, 0.5)))}),
    FaultKind("interim-response", 2, "stream", lambda s, f: {"has_interim": True}),
    FaultKind("chunked", 3, "stream", lambda s, f: {"framing": "chunked"}),
    FaultKind("until-close", 2, "stream", lambda s, f: {"framing": "close"}),
    FaultKind("segmented", 4, "stream", lambda s, f: {"segments": s.randint(2, 6)}),
    # The exchange's own response.
    FaultKind("odd-encoding", 3, "any", lambda s, f: {"tampering": s.choice(("bom", "utf-16", "latin-1"))}),
    FaultKind("drifted-order", 4, "creation", lambda s, f: {"tampering": "drift"}),
    FaultKind("unknown-word", 3, "write", lambda s, f: {"tampering": "unknown-word"}),
    FaultKind("unknown-word-refused", 3, "write", lambda s, f: {"front": "unknown-word"}),
    FaultKind("crossed-response", 3, "echoed", lambda s, f: {"tampering": "crossed"}),
    FaultKind("null-row", 6, "list", lambda s, f: {"tampering": "null-row"}),
    FaultKind("unreadable-row", 4, "list", lambda s, f: {"tampering": "unreadable-row"}),
    FaultKind("stale-list", 12, "list", lambda s, f: {"lag_s": s.uniform(0.1, 1.5)}),
    FaultKind("stale-status", 8, "status", lambda s, f: {"lag_s": s.uniform(0.1, 1.5)}),
)

# By name: the exception of the connection attempt, and the seconds that it takes.
CONNECT_FAULTS = (
    ("refused", "refused", 0.0),
    ("connect-timeout", "timeout", 60.0),
    ("unreachable", "unreachable", 0.5),
)

_LISTS = ("/v1/clearing/list", "/v1/clearing/broker/list", "/v1/clearing/trades")
_STATUS = "/v1/clearing/status"
_CHANGES = ("/v1/clearing/cancel", "/v1/clearing/confirm")
_CREATIONS = ("/v1/clearing/new", "/v1/clearing/broker/new")


@cache
def _fitting(
    path: str, is_write: bool, is_echoed: bool, mode: str, is_ordered: bool
) -> tuple[list[FaultKind], list[float]]:
    """Return the faults that apply to a request, and the cumulative sums of their weights."""
    kinds = [kind for kind in FAULTS if _applies(kind, path, is_write, is_echoed, mode, is_ordered)]
    return kinds, list(accumulate(kind.weight for kind in kinds))


def _applies(kind: FaultKind, path: str, is_write: bool, is_echoed: bool, mode: str, is_ordered: bool) -> bool:
    match kind.applies_to:
        case "list" | "status":
            return path in (_LISTS if kind.applies_to == "list" else (_STATUS,))
        case "echoed":
            return is_echoed
        case "write":
            return is_write
        case "creation":
            return path in _CREATIONS
        case "ordered":
            # Without ordered nonces the exchange executes both copies of a new order; a client cannot prevent that.
            return is_ordered or path not in _CREATIONS
        case "unordered":
            return not is_ordered and path in _CHANGES
        case "message" | "stream":
            return kind.applies_to == mode
        case _:
            return True


def draw_fate(
    chance: Chance, request: WireRequest, *, mode: str, rate: float, is_ordered: bool, lag_s: float = 0.0
) -> Fate:
    """
    Draw the fate of a request.

    Args:
        chance: the source.
        request: the request.
        mode: `message` or `stream`.
        rate: the rate of faults.
        is_ordered: whether nonces order the requests of its key.
        lag_s: the age of the view that reads currently get.
    """
    source = chance.source(request.name)
    fate = Fate((source.uniform(0.002, 0.04),), source.uniform(0.002, 0.04), lag_s=lag_s)
    if rate == 0:
        return fate
    fitting, weights = _fitting(request.path, request.is_write, request.echo != (), mode, is_ordered)
    for probability in (rate, rate * rate):
        happens, kind = source.random() < probability, source.choices(fitting, cum_weights=weights)[0]
        changes = kind.draw(source, fate)
        if happens and chance.allows(f"{request.name}:{kind.name}"):
            fate = replace(fate, **changes)
            request.faults.append(kind.name)
    return fate


def draw_connect_fault(chance: Chance, name: str, rate: float) -> tuple[str, float] | None:
    """Draw the fault of a connection attempt: its exception, and the seconds that it takes."""
    source = chance.source(f"{name}:connect")
    happens, (fault, error, seconds) = source.random() < rate / 3, source.choice(CONNECT_FAULTS)
    return (error, seconds) if happens and chance.allows(f"{name}:{fault}") else None
