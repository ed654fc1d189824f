"""The rate limit that machines share through Redis, and clients that share it with other processes."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gemini_clearing_auth import FileNonces, RateLimit, RedisNonces
from gemini_clearing_auth._deadline import Deadline
from gemini_clearing_auth._leases import SharedNonces, fingerprint
from gemini_clearing_auth._nonce_record import KeyMode
from gemini_clearing_auth.errors import RateWaitError
from tests.shared_keys.conftest import StartRedis
from tests.shared_keys.redis_server import RedisServer
from tests.shared_keys.test_many_processes import KEYS
from tests.unit.auth_plugin.leasing import HOUR_US, KEY, drawn, now_us

MINUTELY = RateLimit(interval_us=60_000_000, saved_us=60_000_000)
"""A slot a minute, and a burst of two."""
STATE = f"gemini-clearing:nonces:{{{fingerprint(KEY)}}}:rate:{MINUTELY.interval_us}"
PER_SECOND = 20
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mode", ["incremental", "time-based"])
def test_machines_share_the_slots(redis_server: RedisServer, mode: KeyMode) -> None:
    """A second machine gets what the first has left of the burst, whether or not its nonces are ordered."""
    one, two = (RedisNonces(redis_server.url, mode=mode) for _ in range(2))
    drawn(one, limit=MINUTELY)
    drawn(two, limit=MINUTELY)

    for source in (one, two):
        with pytest.raises(RateWaitError, match="shares with other processes") as caught:
            drawn(source, timeout_s=30, limit=MINUTELY)
        assert 50 < caught.value.wait_s <= 60
    assert drawn(two)


def test_state_ends_when_the_burst_is_available_again(redis_server: RedisServer) -> None:
    """Redis deletes the state of an idle key by itself."""
    drawn(RedisNonces(redis_server.url), limit=MINUTELY)
    with redis_server.client() as client:
        left_s = client.ttl(STATE)

    assert 50 < left_s <= 60


def test_clock_of_redis_that_was_put_back_costs_at_most_the_burst(redis_server: RedisServer) -> None:
    """A state an hour in the future is treated as a key without any burst left."""
    with redis_server.client() as client:
        client.set(STATE, now_us() + HOUR_US)
    with pytest.raises(RateWaitError) as caught:
        drawn(RedisNonces(redis_server.url), timeout_s=1, limit=MINUTELY)

    assert caught.value.wait_s == 60


@pytest.mark.parametrize("kind", ["file", "redis"])
def test_wait_for_a_slot_is_reported_with_its_times(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A lease reports the waits for the slot that another process has taken, and no other waits."""
    limit, waits = RateLimit(interval_us=300_000, saved_us=0), list[tuple[int, int]]()

    def source() -> SharedNonces:
        return FileNonces(tmp_path / "nonces") if kind == "file" else RedisNonces(url)

    url = request.getfixturevalue("redis_server").url if kind == "redis" else ""
    one, two = source(), source()
    drawn(one, limit=limit)
    lease = two.lease(KEY, limit)
    lease.on_slot_wait = lambda start_ns, end_ns: waits.append((start_ns, end_ns))
    lease.draw(Deadline(30))
    lease.release()

    assert 50_000_000 < sum(end_ns - start_ns for start_ns, end_ns in waits) < 1_000_000_000


@pytest.mark.parametrize("kind", ["file", "redis"])
def test_clients_of_several_processes_keep_the_rate_together(
    kind: str, tmp_path: Path, exchange_url: str, request: pytest.FixtureRequest
) -> None:
    """Two processes with a blocking and an async client start no more calls in any window than one may start."""
    source, key = str(tmp_path / "desk.nonces"), KEYS["incremental"]
    if kind == "redis":
        start_redis: StartRedis = request.getfixturevalue("start_redis")
        source, key = start_redis().url, KEYS["time-based"]
    own = {"source": source, "key": key[0], "secret": key[1], "base_url": exchange_url}
    settings = json.dumps(own | {"per_second": PER_SECOND, "calls": 6})
    command = [sys.executable, "-m", "tests.shared_keys.rate_worker", settings]
    workers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        outputs = [worker.communicate(timeout=60)[0] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    nonces = sorted(nonce for output in outputs for nonce in json.loads(output))

    assert len(nonces) == 24
    # At 20 a second the burst is one, and a nonce is the time at which it was drawn.
    steps = [after - before for before, after in itertools.pairwise(nonces)]
    assert min(steps) >= 0.9 * 1_000_000 / PER_SECOND
