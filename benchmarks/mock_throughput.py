"""
Throughput and start-up time of the mock, divided by those of Prism, with the same signed orders.

The mock verifies the signature, the nonce and every field, and stores the order. Prism validates the body by the spec.

A bare ASGI server with a constant response is measured in the same rounds: more than it no exchange behind it reaches.
`mock_profile` measures where the rest of the mock's time goes.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import median

from benchmarks._load import desks, measure
from benchmarks._ratio import Ratio
from benchmarks._servers import Server, constant, install_prism, mock, prism

__all__ = ["ratios"]

_ROUNDS = 5
_MOCK_REQUESTS = 4_000
_PRISM_REQUESTS = 1_200
_STARTS = 5

# The project's claim: the factor by which the mock is faster than each of Prism's modes.
_CLAIMS = {"static": 6, "dynamic": 10}


def ratios() -> list[Ratio]:
    """Measure the mock, and Prism in both modes."""
    if not install_prism():
        return [
            Ratio(f"mock / Prism {mode}, responses per second", None, "Prism is not installed", at_least=claim)
            for mode, claim in _CLAIMS.items()
        ]
    with mock() as own, constant("uvicorn") as bare, prism(dynamic=False) as static, prism(dynamic=True) as dynamic:
        own_peers = {"mock": _Peer(own, is_mock=True), "bare uvicorn": _Peer(bare)}
        throughput = _throughput(own_peers, {"static": _Peer(static), "dynamic": _Peer(dynamic)})
    start, peer_start = _start_ups_s(mock, lambda: prism(dynamic=False))
    start_up = Ratio(
        "mock / Prism, time to the first response",
        start / peer_start,
        f"{start:.2f} s / {peer_start:.2f} s",
        at_most=1 / 3,
    )
    return [*throughput, start_up]


class _Peer:
    """A server under load. Nonces continue from one round to the next."""

    def __init__(self, server: Server, *, is_mock: bool = False) -> None:
        self._port = server.port
        self._keys = desks(server.port, is_mock=is_mock)
        self._nonce = 1

    def rate(self, count: int) -> float:
        """Return the accepted orders per second. Rejections would be faster, so they are an error."""
        rate = measure(self._port, self._keys, count, self._nonce)
        self._nonce += count
        if set(rate.statuses) != {200}:
            raise RuntimeError(f"unexpected statuses: {dict(rate.statuses)}. Every order must get status 200.")
        return rate.per_second


def _throughput(own: dict[str, _Peer], prisms: dict[str, _Peer]) -> list[Ratio]:
    """Load the servers in turn, several times, so that other load on the machine affects all of them."""
    requests = {**dict.fromkeys(own, _MOCK_REQUESTS), **dict.fromkeys(prisms, _PRISM_REQUESTS)}
    peers = {**own, **prisms}
    for peer in peers.values():
        peer.rate(_PRISM_REQUESTS // 2)
    rounds = [{name: peer.rate(requests[name]) for name, peer in peers.items()} for _ in range(_ROUNDS)]
    return [_ratio(name, mode, rounds) for name in own for mode in prisms]


def _ratio(name: str, mode: str, rounds: list[dict[str, float]]) -> Ratio:
    own_rate, peer_rate = (median(rates[server] for rates in rounds) for server in (name, mode))
    return Ratio(
        f"{name} / Prism {mode}, responses per second",
        median(rates[name] / rates[mode] for rates in rounds),
        f"{own_rate:.0f}/s / {peer_rate:.0f}/s",
        at_least=_CLAIMS[mode] if name == "mock" else None,
    )


def _start_ups_s(*starts: Callable[[], AbstractContextManager[Server]]) -> list[float]:
    """Return the median start-up time of each server, started in turn, several times."""
    measured_s: list[list[float]] = [[] for _ in starts]
    for _ in range(_STARTS):
        for start, times_s in zip(starts, measured_s, strict=True):
            with start() as server:
                times_s.append(server.start_up_s)
    return [median(times_s) for times_s in measured_s]
