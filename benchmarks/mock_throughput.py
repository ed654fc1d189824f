"""
The mock exchange against Prism: answers a second to the same signed order, and time to the first answer.

Ours verifies the signature, the nonce and every field, and keeps the order; Prism validates the body against the spec.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import median

from benchmarks._load import Rate, desks, measure
from benchmarks._ratio import Ratio
from benchmarks._servers import Server, mock, prism, prism_is_there

__all__ = ["ratios"]

_REQUESTS = 16_000
_PRISM_REQUESTS = 4_000
_STARTS = 5


def ratios() -> list[Ratio]:
    """Measure ours, and Prism in both modes."""
    ours = _our_rate()
    if not prism_is_there():
        peers = (("static", 3), ("dynamic", 6))
        return [Ratio(f"mock over Prism {mode}, answers a second", None, "no Prism", at_least=k) for mode, k in peers]
    static, dynamic = _prism_rate(dynamic=False), _prism_rate(dynamic=True)
    start, peer_start = _start_ups_s(mock, lambda: prism(dynamic=False))
    return [
        _throughput("static", ours, static, 3),
        _throughput("dynamic", ours, dynamic, 6),
        Ratio(
            "mock over Prism, time to the first answer",
            start / peer_start,
            f"{start:.2f} s / {peer_start:.2f} s",
            at_most=1 / 3,
        ),
    ]


def _throughput(mode: str, ours: Rate, peer: Rate, at_least: float) -> Ratio:
    figures = f"{ours.per_second:.0f}/s / {peer.per_second:.0f}/s"
    return Ratio(
        f"mock over Prism {mode}, answers a second", ours.per_second / peer.per_second, figures, at_least=at_least
    )


def _our_rate() -> Rate:
    with mock() as server:
        keys = desks(server.port, is_ours=True)
        measure(server.port, keys, 2_000)
        return _all_answered(measure(server.port, keys, _REQUESTS, first_nonce=1_000_000))


def _prism_rate(*, dynamic: bool) -> Rate:
    with prism(dynamic=dynamic) as server:
        keys = desks(server.port, is_ours=False)
        measure(server.port, keys, 1_000)
        return _all_answered(measure(server.port, keys, _PRISM_REQUESTS, first_nonce=1_000_000))


def _all_answered(rate: Rate) -> Rate:
    """A rate of refusals would be no comparison."""
    if set(rate.statuses) != {200}:
        raise RuntimeError(f"Not every order was accepted: {dict(rate.statuses)}")
    return rate


def _start_ups_s(*starts: Callable[[], AbstractContextManager[Server]]) -> list[float]:
    """Start each in turn, several times over, so that whatever else the machine does meets all alike."""
    times: list[list[float]] = [[] for _ in starts]
    for _ in range(_STARTS):
        for start, taken in zip(starts, times, strict=True):
            with start() as server:
                taken.append(server.start_up_s)
    return [median(taken) for taken in times]
