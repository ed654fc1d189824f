"""`RedisNonces` with a server that goes away, loses its data or rejects commands, and with arguments that are wrong."""

import asyncio
import signal
import threading
import time

import pytest

from gemini_clearing_auth import RedisNonces
from gemini_clearing_auth._deadline import Deadline
from gemini_clearing_auth._leases import fingerprint
from gemini_clearing_auth.errors import NonceError
from tests.shared_keys.conftest import StartRedis
from tests.shared_keys.redis_server import RedisServer
from tests.unit.auth_plugin.leasing import HOUR_US, KEY, drawn, held, now_us

STATE = f"gemini-clearing:nonces:{{{fingerprint(KEY)}}}:state"


async def drawn_async(source: RedisNonces, timeout_s: float) -> int | str:
    """Return a nonce, and release the lease."""
    lease = source.lease(KEY)
    try:
        return await lease.draw_async(Deadline(timeout_s))
    finally:
        lease.release()


def test_server_that_is_away_is_named() -> None:
    """A refused connection raises NonceError within the deadline, with the address."""
    started = time.monotonic()

    with pytest.raises(NonceError, match=r"no nonce from Redis at 127\.0\.0\.1:1: ConnectionError: .*is running"):
        drawn(RedisNonces("redis://127.0.0.1:1"), 0.3)

    assert time.monotonic() - started < 10


def test_server_that_does_not_respond_does_not_exceed_the_deadline(redis_server: RedisServer) -> None:
    """A stopped server raises NonceError at the deadline, sync and async."""
    source = RedisNonces(redis_server.url)
    drawn(source)
    redis_server.signal(signal.SIGSTOP)
    try:
        started = time.monotonic()
        with pytest.raises(NonceError, match="no nonce from Redis"):
            drawn(source, 0.3)
        with pytest.raises(NonceError, match="no nonce from Redis"):
            asyncio.run(drawn_async(source, 0.3))
        took_s = time.monotonic() - started
    finally:
        redis_server.signal(signal.SIGCONT)

    assert took_s < 10
    assert drawn(source, 10)


def test_server_that_is_restarted_interrupts_nothing(start_redis: StartRedis) -> None:
    """A call waits while Redis restarts, and its nonce is above all earlier ones although the data is lost."""
    server = start_redis()
    source, other = RedisNonces(server.url), RedisNonces(server.url)
    last = max(int(drawn(source)) for _ in range(5))
    server.kill()
    restart = threading.Timer(0.5, lambda: start_redis(port=server.port))
    restart.start()

    nonces = [int(drawn(other, 20)), int(drawn(source, 20))]
    restart.join()

    assert last < nonces[0] < nonces[1]


def test_server_that_lost_its_last_writes_never_leads_to_a_used_nonce(start_redis: StartRedis) -> None:
    """A replica that was promoted without the last writes continues above them, also above the clock."""
    primary = start_redis()
    ahead = now_us() + HOUR_US
    drawn(RedisNonces(primary.url))
    with primary.client() as client:
        client.hset(STATE, "last", str(ahead))
    source = RedisNonces(primary.url)
    drawn(source)
    replica = start_redis("--replicaof", "127.0.0.1", str(primary.port))
    with replica.client() as client:
        deadline = time.monotonic() + 20
        while client.hget(STATE, "last") is None:
            assert time.monotonic() < deadline, "the replica has no data"
            time.sleep(0.02)
        client.replicaof("NO", "ONE")
    last = max(int(drawn(source)) for _ in range(50))  # the replica does not receive these
    primary.kill()

    assert int(drawn(RedisNonces(replica.url))) > last


def test_replica_is_named(start_redis: StartRedis) -> None:
    """A server that is read-only raises NonceError, with what to do."""
    primary = start_redis()
    replica = start_redis("--replicaof", "127.0.0.1", str(primary.port))

    with pytest.raises(NonceError, match=r"ReadOnlyError.*primary server|read.only"):
        drawn(RedisNonces(replica.url), 0.5)


def test_password_is_needed_and_never_shown(start_redis: StartRedis) -> None:
    """A wrong password raises NonceError; neither message, repr nor cause contains it."""
    server = start_redis("--requirepass", "right")
    port = server.port
    source = RedisNonces(f"redis://:hunter2@127.0.0.1:{port}")

    with pytest.raises(NonceError, match="Check user and password in the URL") as caught:
        drawn(source)

    assert "hunter2" not in f"{caught.value} {source!r}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert drawn(RedisNonces(f"redis://:right@127.0.0.1:{port}"))


def test_full_memory_is_named(start_redis: StartRedis) -> None:
    """Redis without memory raises NonceError, with what to do."""
    server = start_redis("--maxmemory", "1")

    with pytest.raises(NonceError, match="Raise Redis's maxmemory"):
        drawn(RedisNonces(server.url))


def test_user_without_permissions_is_named(redis_server: RedisServer) -> None:
    """A Redis user who may not run the script raises NonceError, with the commands needed."""
    with redis_server.client() as client:
        client.acl_setuser("desk", enabled=True, passwords=["+pw"], keys=["*"], commands=["+get", "+ping"])

    with pytest.raises(NonceError, match=r"no nonce from Redis .*(EVALSHA|evalsha|Check the Redis server)"):
        drawn(RedisNonces(f"redis://desk:pw@127.0.0.1:{redis_server.port}"))


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [("version", "2", "format 2, and this version reads 1"), ("mode", "time-based", "mode 'time-based', not 'incr")],
)
def test_state_that_cannot_be_used_is_rejected(redis_server: RedisServer, field: str, value: str, problem: str) -> None:
    """State of a newer version or of another mode raises NonceError."""
    drawn(RedisNonces(redis_server.url))
    with redis_server.client() as client:
        client.hset(STATE, field, value)

    with pytest.raises(NonceError, match=problem):
        drawn(RedisNonces(redis_server.url))


def test_client_of_redis_py_is_accepted(redis_server: RedisServer) -> None:
    """A client that the caller has made is used, also if it decodes responses."""
    assert drawn(RedisNonces(redis_server.client()))


def test_data_in_redis_contains_no_api_key(redis_server: RedisServer) -> None:
    """Redis identifies a key by a hash."""
    source = RedisNonces(redis_server.url)
    held(source)
    with redis_server.client() as client:
        names = [str(name) for name in client.keys("*")]

    assert len(names) == 2
    assert not any("AbCdEfGhIjKl1234" in name for name in names)


@pytest.mark.parametrize("url", ["http://localhost", "redis://:hunter2@localhost:port", "redis://localhost:70000000"])
def test_malformed_url_is_rejected(url: str) -> None:
    """A malformed URL raises at construction, without the password."""
    with pytest.raises(NonceError, match="the Redis URL is malformed") as caught:
        RedisNonces(url)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("arguments", [{"mode": "time"}, {"lease_s": 0}, {"lease_s": float("inf")}])
def test_arguments_that_cannot_be_right_are_rejected(arguments: dict[str, object]) -> None:
    """An unknown mode and a lease without a length raise at construction."""
    with pytest.raises(NonceError, match=r"unknown mode 'time'\. Valid modes|invalid lease_s: .*seconds above 0"):
        RedisNonces("redis://127.0.0.1", **arguments)  # type: ignore[arg-type]  # the wrong type is the case


def test_missing_redis_py_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the constructor names the command that installs it."""
    monkeypatch.setitem(__import__("sys").modules, "redis", None)

    with pytest.raises(NonceError, match=r'pip install "gemini-clearing\[redis\]"'):
        RedisNonces("redis://127.0.0.1")
