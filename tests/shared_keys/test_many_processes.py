"""
Processes with eight callers each use one key, over real sockets, while some of them are killed.

No InvalidNonce reaches a caller, and no nonce is used twice. SHARED_KEY_CALLS is the number of calls per test;
`make shared-keys` makes 20,000 in eight processes.
"""

import multiprocessing
import os
import random
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from tests.shared_keys import worker
from tests.shared_keys.conftest import StartRedis

CALLS = int(os.environ.get("SHARED_KEY_CALLS", "240"))
PROCESSES, CALLERS = 8 if CALLS >= 1000 else 4, 8
KEYS = {
    "incremental": ("account-demo-desk3", "demo-secret-of-desk3"),
    "time-based": ("account-demo-clockwork", "demo-secret-of-clockwork"),
}
# Each process is forked from one that has imported the modules, which takes longer than the calls of a short test.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["asyncio", "httpx", "redis", "gemini_clearing_auth"])


def start(settings: dict[str, Any], number: int, calls: int) -> BaseProcess:
    """Start a process; every fourth uses asyncio."""
    own = settings | {"calls": calls, "use_asyncio": number % 4 == 0}
    process = FORKED.Process(target=worker.work, args=(own,))
    process.start()
    return process


def run(settings: dict[str, Any], kills: int) -> list[list[str]]:
    """
    Run the processes to their end, and return the lines of their journal.

    Processes are killed at random moments in the middle of the work, and replaced.
    """
    journal = Path(settings["journal"])
    chance, each = random.Random(0), CALLS // PROCESSES
    workers = [start(settings, number, each) for number in range(PROCESSES)]
    try:
        for kill in range(kills):
            # Not before the processes have made a part of their calls.
            while not journal.exists() or journal.read_bytes().count(b"ended") < CALLS * (kill + 1) // (kills + 2):
                assert any(one.is_alive() for one in workers), "the processes ended early"
                time.sleep(0.01)
            time.sleep(chance.random() * 0.02)
            running = [number for number, one in enumerate(workers) if one.is_alive()]
            if not running:  # on a busy machine, this process may have slept through the end
                break
            victim = chance.choice(running)
            workers[victim].kill()
            workers[victim].join(10)
            workers[victim] = start(settings, victim, each // 2)
        for one in workers:
            one.join(600)
            assert one.exitcode == 0
    finally:
        for one in workers:
            one.kill()
            one.join(10)
    return [line.split() for line in journal.read_text().splitlines()]


@pytest.mark.parametrize("mode", ["incremental", "time-based"])
@pytest.mark.parametrize("kind", ["file", "redis"])
def test_processes_share_a_key(
    kind: str, mode: str, tmp_path: Path, exchange_url: str, request: pytest.FixtureRequest
) -> None:
    """Every call of every process is accepted, and no nonce is drawn twice, although processes are killed."""
    source = str(tmp_path / "desk.nonces")
    if kind == "redis":
        start_redis: StartRedis = request.getfixturevalue("start_redis")
        source = start_redis().url
    key, secret = KEYS[mode]
    settings = {
        "source": source,
        "mode": mode,
        "key": key,
        "secret": secret,
        "base_url": exchange_url,
        "callers": CALLERS,
        "journal": str(tmp_path / "journal"),
    }

    lines = run(settings, kills=max(2, CALLS // 1500))

    drawn = Counter(line[1] for line in lines if line[0] == "drawn")
    results = Counter(line[2] for line in lines if line[0] == "ended")
    assert [nonce for nonce, count in drawn.items() if count > 1] == []
    assert set(results) == {"ok"}
    assert results["ok"] >= CALLS * 0.7
