"""
The mock exchange against Prism: answers a second to the same signed order, and time to the first answer.

Ours verifies the signature, the nonce and every field, and keeps the order; Prism validates the body against the spec.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import median

from benchmarks._load import desks, measure
from benchmarks._ratio import Ratio
from benchmarks._servers import Server, mock, prism, prism_is_there

__all__ = ["ratios"]

_ROUNDS = 5
_OUR_REQUESTS = 4_000
_PRISM_REQUESTS = 1_200
_STARTS = 5

# What the project claims: how many times the answers of each of Prism's modes.
_CLAIMS = {"static": 3, "dynamic": 6}


def ratios() -> list[Ratio]:
    """Measure ours, and Prism in both modes."""
    if not prism_is_there():
        return [
            Ratio(f"mock over Prism {mode}, answers a second", None, "no Prism", at_least=claim)
            for mode, claim in _CLAIMS.items()
        ]
    with mock() as ours, prism(dynamic=False) as static, prism(dynamic=True) as dynamic:
        throughput = _throughput(_Peer(ours, is_ours=True), {"static": _Peer(static), "dynamic": _Peer(dynamic)})
    start, peer_start = _start_ups_s(mock, lambda: prism(dynamic=False))
    start_up = Ratio(
        "mock over Prism, time to the first answer",
        start / peer_start,
        f"{start:.2f} s / {peer_start:.2f} s",
        at_most=1 / 3,
    )
    return [*throughput, start_up]


class _Peer:
    """A server under load; each round goes on with the nonces where the last one ended."""

    def __init__(self, server: Server, *, is_ours: bool = False) -> None:
        self._port = server.port
        self._keys = desks(server.port, is_ours=is_ours)
        self._nonce = 1

    def rate(self, count: int) -> float:
        """Tell how many orders a second are accepted; a rate of refusals would be no comparison."""
        rate = measure(self._port, self._keys, count, self._nonce)
        self._nonce += count
        if set(rate.statuses) != {200}:
            raise RuntimeError(f"Not every order was accepted: {dict(rate.statuses)}")
        return rate.per_second


def _throughput(ours: _Peer, peers: dict[str, _Peer]) -> list[Ratio]:
    """Load them in turn, several times over, so that whatever else the machine does meets all alike."""
    ours.rate(_PRISM_REQUESTS)
    for peer in peers.values():
        peer.rate(_PRISM_REQUESTS // 2)
    rounds: dict[str, list[tuple[float, float]]] = {mode: [] for mode in peers}
    for _ in range(_ROUNDS):
        our_rate = ours.rate(_OUR_REQUESTS)
        for mode, peer in peers.items():
            rounds[mode].append((our_rate, peer.rate(_PRISM_REQUESTS)))
    return [_ratio(mode, measured) for mode, measured in rounds.items()]


def _ratio(mode: str, rounds: list[tuple[float, float]]) -> Ratio:
    our_rate, peer_rate = (median(rates) for rates in zip(*rounds, strict=True))
    return Ratio(
        f"mock over Prism {mode}, answers a second",
        median(ours / peer for ours, peer in rounds),
        f"{our_rate:.0f}/s / {peer_rate:.0f}/s",
        at_least=_CLAIMS[mode],
    )


def _start_ups_s(*starts: Callable[[], AbstractContextManager[Server]]) -> list[float]:
    """Start each in turn, several times over, so that whatever else the machine does meets all alike."""
    times: list[list[float]] = [[] for _ in starts]
    for _ in range(_STARTS):
        for start, taken in zip(starts, times, strict=True):
            with start() as server:
                taken.append(server.start_up_s)
    return [median(taken) for taken in times]
