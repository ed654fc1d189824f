"""
Processes with eight callers each use one key, over real sockets, while some of them are killed.

No InvalidNonce reaches a caller, and no nonce is used twice. SHARED_KEY_CALLS is the number of calls per test;
`make shared-keys` makes 20,000 in eight processes.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.shared_keys.conftest import StartRedis

CALLS = int(os.environ.get("SHARED_KEY_CALLS", "240"))
# The start of a process takes longer than the calls of a short test.
PROCESSES, CALLERS = 8 if CALLS >= 1000 else 4, 8
KEYS = {
    "incremental": ("account-demo-desk3", "demo-secret-of-desk3"),
    "time-based": ("account-demo-clockwork", "demo-secret-of-clockwork"),
}
ROOT = Path(__file__).parents[2]


def start(settings: dict[str, Any], number: int, calls: int) -> subprocess.Popen[bytes]:
    """Start a process; every fourth uses asyncio."""
    own = settings | {"calls": calls, "use_asyncio": number % 4 == 0}
    return subprocess.Popen([sys.executable, "-m", "tests.shared_keys.worker", json.dumps(own)], cwd=ROOT)


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
                assert any(worker.poll() is None for worker in workers), "the processes ended early"
                time.sleep(0.01)
            time.sleep(chance.random() * 0.02)
            running = [number for number, worker in enumerate(workers) if worker.poll() is None]
            if not running:  # on a busy machine, this process may have slept through the end
                break
            victim = chance.choice(running)
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait(10)
            workers[victim] = start(settings, victim, each // 2)
        for worker in workers:
            assert worker.wait(600) == 0
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(10)
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
