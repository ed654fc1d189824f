"""
The rules of single requests: their nonces, their connections, and pauses of their keys. `checks` lists all rules.
"""

import math
from collections.abc import Iterator

from tests.simulation.ledger import WireRequest
from tests.simulation.network import UNORDERED_KEYS
from tests.simulation.plan import LOW_RATE
from tests.simulation.scheduler import NS
from tests.simulation.world import World

__all__ = [
    "Breaches",
    "dirty_connections",
    "in_flight_together",
    "nonce_twice",
    "nonces_out_of_order",
    "sent_in_pause",
    "sent_too_fast",
]

Breaches = Iterator[tuple[str, str]]
"""The subject and the detail of each violation of one rule."""

# A client pauses for a second if a 429 has no usable `Retry-After`, and ignores longer pauses than these 300 s.
_DEFAULT_PAUSE_S = 1.0
_LONGEST_RETRY_AFTER_S = 300.0
# The owner of a nonce file that stalls loses the lock after this time.
_LEASE_S = 10.0


def nonce_twice(world: World) -> Breaches:
    """No two requests of a process arrive with one nonce; time-based keys need no order between processes."""
    for (key, nonce), requests in world.exchange.nonces.items():
        processes = {request.call.actor[0] for request in requests}
        if len(requests) > 1 and (key != "clockwork" or len(processes) < len(requests)):
            yield ", ".join(request.name for request in requests), f"{key} has used {nonce} for both"


def nonces_out_of_order(world: World) -> Breaches:
    """On a key with incremental nonces, requests are sent in the order of their nonces: also by processes in turn."""
    highest: dict[tuple[str, str], tuple[int, str]] = {}
    shared = {plan.key for plan in world.plan.processes if plan.has_nonce_file}
    for request in world.network.sent:
        key = request.call.intent.key
        if request.written and request.nonce is not None and key not in UNORDERED_KEYS:
            source = (key, "" if key in shared else request.process)
            nonce, former = int(request.nonce), highest.get(source, (-1, ""))
            if nonce <= former[0]:
                yield request.name, f"its nonce {nonce} is not above that of {former[1]}, which was sent before it"
            highest[source] = max(former, (nonce, request.name))


def in_flight_together(world: World) -> Breaches:
    """On a key with incremental nonces, one request at a time is in flight, or the network could reorder them."""
    shared = {plan.key for plan in world.plan.processes if plan.has_nonce_file}
    latest: dict[tuple[str, str], WireRequest] = {}
    for request in world.network.sent:
        key = request.call.intent.key
        if key in UNORDERED_KEYS:
            continue
        source = (key, "" if key in shared else request.process)
        former = latest.get(source)
        latest[source] = request
        if former is None or (former.over_ns is not None and former.over_ns <= request.began_ns):
            continue
        is_expired = former.process != request.process and request.began_ns - former.began_ns >= _LEASE_S * NS
        if not is_expired:
            yield request.name, f"the client still waited for the response to {former.name}"


def dirty_connections(world: World) -> Breaches:
    """A connection that has received bytes beyond a response carries no other request."""
    for request in world.network.sent:
        if request.on_dirty_connection:
            yield request.name, "its connection had received more than one response"


def sent_in_pause(world: World) -> Breaches:
    """After a 429, nothing is sent with the key by this process until the pause is over."""
    paused: dict[tuple[str, str], tuple[int, int, str]] = {}
    received = [(request.received_ns, 0, request) for request in world.network.sent if request.received_ns is not None]
    began = [(request.began_ns, 1, request) for request in world.network.sent if request.written]
    for at_ns, is_begin, request in sorted((*received, *began), key=lambda entry: entry[:2]):
        source = (request.call.intent.key, request.process)
        since_ns, until_ns, former = paused.get(source, (0, 0, ""))
        if is_begin and since_ns < at_ns < until_ns:
            left_s = (until_ns - at_ns) / NS
            yield request.name, f"the key was paused for another {left_s:.2f} s after {former}"
        elif not is_begin and request.status == 429:
            # The pause counts from the begin of the response.
            end_ns = (request.over_ns or at_ns) + round(_pause_s(request.retry_after) * NS)
            paused[source] = max(
                (since_ns, until_ns, former), (at_ns, end_ns, request.name), key=lambda pause: pause[1]
            )


def sent_too_fast(world: World) -> Breaches:
    """In every span of time, a key with a low rate limit sends what the limit permits, and one more for each desk."""
    limits = {plan.name: plan.rate_limit for plan in world.plan.processes}
    shared = {plan.key for plan in world.plan.processes if plan.has_nonce_file}
    sent: dict[tuple[str, str], list[WireRequest]] = {}
    for request in sorted(world.network.sent, key=lambda request: request.began_ns):
        key, process = request.call.intent.key, request.process
        if limits[request.call.actor[0]] is not None:
            sent.setdefault((key, "" if key in shared else process), []).append(request)
    for requests in sent.values():
        actors = {request.call.actor for request in requests}
        slack = 1 + len(actors)  # a slot is taken before its request is written, so each desk can be one request late
        lowest = math.inf
        for number, request in enumerate(requests):
            level = number - LOW_RATE * request.began_ns / NS
            lowest = min(lowest, level)
            if level - lowest + 1 > slack:
                yield request.name, f"its key was {level - lowest + 1:.1f} requests ahead of its rate limit"


def _pause_s(retry_after: str | None) -> float:
    """Return the seconds that a client must wait after a 429, at least."""
    if retry_after is not None and retry_after.isdecimal():
        return float(retry_after) if float(retry_after) <= _LONGEST_RETRY_AFTER_S else 0.0
    return 0.0 if retry_after is not None and ":" in retry_after else _DEFAULT_PAUSE_S
