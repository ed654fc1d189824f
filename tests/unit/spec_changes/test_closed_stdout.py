"""The commands end without a traceback if the reader of stdout closes it, as `head` does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
VENDOR = str(Path(__file__).with_name("vendor.yaml"))
COMMANDS = {
    "diff": ["gemini_clearing_changes", "diff"],
    "version-check": ["gemini_clearing_changes", "version-check"],
    "release-notes": ["gemini_clearing_changes", "release-notes"],
    "drift": ["gemini_clearing_changes.drift", VENDOR],
}

# Each command is a process of its own, forked from one with the imported modules, which take half of the time. The
# first descriptor of the arguments receives the exit status and the error output of each.
PROGRAM = """
import json, os, runpy, sys, tempfile
import gemini_clearing_changes.__main__, gemini_clearing_changes.drift.__main__
for module in ("gemini_clearing_changes.__main__", "gemini_clearing_changes.drift.__main__"):
    del sys.modules[module]  # `runpy` warns of a module that it runs again
results, commands = int(sys.argv[1]), json.loads(sys.argv[2])
for name, (module, *arguments) in commands.items():
    with tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if not child:
            os.dup2(errors.fileno(), 2)
            sys.argv = [module, *arguments]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            sys.exit()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        errors.seek(0)
        os.write(results, json.dumps([name, [status, errors.read()]]).encode() + b"\\n")
"""


@pytest.fixture(scope="module")
def ended(committed: Path) -> dict[str, list[object]]:
    """Return the exit status and the error output of each command, whose stdout has no reader."""
    commands = {
        name: [module, "--root", str(ROOT if name == "drift" else committed), word]
        for name, (module, word) in COMMANDS.items()
    }
    reader, writer = os.pipe()
    os.close(reader)
    results, written = os.pipe()
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(written), json.dumps(commands)],
        cwd=committed, stdout=writer, pass_fds=[written], check=True,
    )  # fmt: skip
    os.close(writer)
    os.close(written)
    with os.fdopen(results, encoding="utf-8") as lines:
        return dict(json.loads(line) for line in lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_closed_stdout_is_no_traceback(command: str, ended: dict[str, list[object]]) -> None:
    """The exit status is that of a program that ends by SIGPIPE; stderr is empty."""
    assert ended[command] == [141, ""]
