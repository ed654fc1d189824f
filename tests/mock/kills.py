"""
Accidents at random moments under load, and a check that the mock's state file has exactly what was acknowledged.

`make mock-kills KILLS=100` runs this module as a program. Each accident happens as often as that, to a mock with three
workers that share a state file:

- `kill -9` of one worker, of the parent, or of all processes;
- a full disk: a small tmpfs that is filled and emptied again; without the right to mount one, a limit of the file size
  (`RLIMIT_FSIZE`), which makes writes fail in the same places with another error;
- a state file or write-ahead log that is removed or replaced while the mock runs. Links keep the lost file, so that it
  can be read afterwards.

Nothing that was acknowledged may be missing, and nothing that was rejected may exist.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mock.kill_load import History, Load, create_state, listed_otherwise, violations

WORKERS = 3
END_S = 60
# From an idle server to some hundred requests.
LONGEST_LOAD_S = 0.3
DISK_BYTES = 64 << 20
MAX_CAUSES = 6

# The kind of the accident, all responses so far, and the contradictions.
Result = tuple[str, History, list[str]]


@dataclass
class Server:
    """A served mock: its parent process, and its URL."""

    process: "subprocess.Popen[str]"
    base_url: str

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        return [int(pid) for pid in children if "spawn_main" in _command_of(pid)]

    def wait_for_workers(self) -> None:
        """Wait until all workers run."""
        await_(lambda: len(self.workers()) == WORKERS, "a worker is missing")


def _command_of(pid: str) -> str:
    """Return the command of a process; empty if it has ended since it was listed."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def await_(condition: Callable[[], bool], problem: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + END_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{problem} after {END_S} s")
        time.sleep(0.01)


@contextlib.contextmanager
def served(path: Path) -> Iterator[Server]:
    """Serve a mock in its own process group, and kill what is left of it at the end."""
    options = ["--port", "0", "--json", "--workers", str(WORKERS), "--state", str(path)]
    command = [sys.executable, "-m", "gemini_clearing_mock", *options]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            log.seek(0)
            assert line, f"the mock did not start: {log.read().decode()}"
            server = Server(process, json.loads(line)["base_url"])
            server.wait_for_workers()
            yield server
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def go_on(history: History) -> None:
    """Wait until another order is acknowledged."""
    before = len(history.acknowledged)
    await_(lambda: len(history.acknowledged) > before, "no order is acknowledged")


def fail(history: History) -> None:
    """Wait until another order is rejected."""
    before = len(history.rejected)
    await_(lambda: len(history.rejected) > before, "no order is rejected")


def killed(times: int, chance: random.Random, folder: Path) -> Iterator[Result]:
    """Kill workers, parents, and all processes; the state file is the same for all servers."""
    path, history, number = folder / "state", History(), 0
    create_state(path)
    while number < times:
        with served(path) as server:
            # The mock ends if workers die again and again soon after their start.
            for victim in ("worker", "worker", chance.choice(["parent", "all"]))[: times - number]:
                number += 1
                with Load(server.base_url, path, history):
                    go_on(history)
                    time.sleep(chance.uniform(0, LONGEST_LOAD_S))
                    kill(server, victim, chance)
                    if victim == "worker":
                        go_on(history)
                        server.wait_for_workers()
                yield f"{victim} killed", history, violations(path, history)


def kill(server: Server, victim: str, chance: random.Random) -> None:
    """Send SIGKILL to one worker, to the parent, or to all processes."""
    if victim == "all":
        os.killpg(server.process.pid, signal.SIGKILL)
    else:
        os.kill(server.process.pid if victim == "parent" else chance.choice(server.workers()), signal.SIGKILL)


def filled(times: int, chance: random.Random, folder: Path) -> Iterator[Result]:
    """Fill the disk and empty it again, while one server runs."""
    history = History()
    with small_disk(folder / "disk") as is_mounted:
        path = folder / "disk" / "state"
        create_state(path)
        filling = full_disk if is_mounted else limited_file_size
        with served(path) as server:
            for _ in range(times):
                with Load(server.base_url, path, history):
                    go_on(history)
                    time.sleep(chance.uniform(0, LONGEST_LOAD_S))
                    with filling(server, path, chance):
                        fail(history)
                        time.sleep(chance.uniform(0, LONGEST_LOAD_S))
                    go_on(history)
                found = violations(path, history) + listed_otherwise(path, server.base_url)
                yield "disk full" if is_mounted else "file size limited", history, found


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small tmpfs on a new folder; return whether that was possible."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    is_mounted = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def full_disk(_server: Server, path: Path, chance: random.Random) -> Iterator[None]:
    """Fill the disk with another file, except for up to 64 KiB."""
    filler = path.with_name("filler")
    with filler.open("wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(bytes(1 << 16)):
                pass
        file.truncate(max(0, file.tell() - chance.randrange(1 << 16)))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def limited_file_size(server: Server, path: Path, chance: random.Random) -> Iterator[None]:
    """Limit the size of the files that the workers write to less than 64 KiB above that of the write-ahead log."""
    written = path.with_name(path.name + "-wal").stat().st_size
    limit = max(0, written + chance.randrange(-written // 2, 1 << 16))
    workers = server.workers()
    try:
        for pid in workers:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        yield
    finally:
        for pid in workers:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def lost(times: int, chance: random.Random, folder: Path) -> Iterator[Result]:
    """Remove or replace the file, its write-ahead log, or both; read them afterwards through other names."""
    for number in range(times):
        path, kept, history = folder / f"{number}" / "state", folder / f"kept{number}" / "state", History()
        path.parent.mkdir()
        kept.parent.mkdir()
        create_state(path)
        loss = chance.choice(["file removed", "log removed", "both removed", "file replaced"])
        with served(path) as server:
            with Load(server.base_url, path, history):
                go_on(history)
                time.sleep(chance.uniform(0, LONGEST_LOAD_S))
                lose(path, kept, loss)
                fail(history)
                if chance.random() < 0.5:  # a new worker may not create another file
                    kill(server, "worker", chance)
                time.sleep(chance.uniform(0, LONGEST_LOAD_S))
            server.process.terminate()
            server.process.wait(END_S)
        found = violations(kept, history)
        if loss in {"file removed", "both removed"} and path.exists():
            found.append("the file exists again")
        yield loss, history, found


def lose(path: Path, kept: Path, loss: str) -> None:
    """Give the files other names, and take their own away."""
    log = path.with_name(path.name + "-wal")
    kept.hardlink_to(path)
    kept.with_name(kept.name + "-wal").hardlink_to(log)
    if loss == "file replaced":
        copy = path.with_name("copy")
        shutil.copy(path, copy)
        copy.replace(path)
    if loss in {"file removed", "both removed"}:
        path.unlink()
    if loss in {"log removed", "both removed"}:
        log.unlink()


ACCIDENTS = {"kill": killed, "full": filled, "lost": lost}


def run(times: int, seed: int, kinds: Sequence[str]) -> list[str]:
    """Cause each kind of accident `times` times; print what happened, and return the violations."""
    problems = []
    for kind in kinds:
        seen: Counter[str] = Counter()
        histories: list[History] = []
        with tempfile.TemporaryDirectory() as folder:
            for number, (accident, history, found) in enumerate(
                ACCIDENTS[kind](times, random.Random(f"{seed} {kind}"), Path(folder))
            ):
                seen[accident] += 1
                histories += [] if history in histories[-1:] else [history]
                problems += [f"{accident}, {kind} {number}: {problem}" for problem in found]
        sys.stdout.write(
            f"{times} × {kind}, seed {seed}: {dict(sorted(seen.items()))}; orders: {counts_of(histories)}\n"
        )
    return problems


def counts_of(histories: Sequence[History]) -> str:
    """Return the numbers of responses, and the messages of the rejections."""
    acknowledged = sum(len(history.acknowledged) for history in histories)
    rejected = sum(len(history.rejected) for history in histories)
    unknown = sum(len(history.unknown) for history in histories)
    causes = sorted(set().union(*(history.causes for history in histories)))
    lines = "".join(f"\n  {cause}" for cause in causes[:MAX_CAUSES])
    return f"{acknowledged} acknowledged, {rejected} rejected, {unknown} without a response{lines}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if no accident left a contradiction."""
    parser = argparse.ArgumentParser(prog="python -m tests.mock.kills", description=__doc__)
    parser.add_argument("--kills", metavar="N", type=int, default=100, help="accidents of each kind")
    parser.add_argument("--seed", metavar="N", type=int, default=0)
    parser.add_argument("--kind", choices=ACCIDENTS, action="append", help="default: each")
    options = parser.parse_args(arguments)
    problems = run(options.kills, options.seed, options.kind or list(ACCIDENTS))
    result = "\n".join(problems) or "Nothing acknowledged is missing, and nothing rejected exists."
    sys.stdout.write(f"{result}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
