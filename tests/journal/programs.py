"""Helpers of the journal's tests: write to a journal as a client does, in this process or in a program."""

import subprocess
import sys
from pathlib import Path

from gemini_clearing_runtime import _time
from gemini_clearing_runtime._journal import Intent

ROOT = Path(__file__).parents[2]
IMPORTS = """
import logging, os, resource, sqlite3, subprocess, sys
from pathlib import Path
from gemini_clearing import GeminiClearing, Journal, JournalError, WriteEnd
from gemini_clearing_mock import Exchange
from tests.client.desks import BUY
from tests.journal.programs import begin, end
"""


def begin(journal, number=1, wait_s=10.0, **facts):
    """Write an intent, and return the number of its entry."""
    intent = {
        "attempt_id": f"attempt-{number}",
        "operation": "create_order",
        "payload": f'{{"request":"/v1/clearing/new","nonce":{number}}}',
        "nonce": number,
        "key": "fingerprint",
        "base_url": "http://127.0.0.1",
        "attempt": 1,
        "exchange_time": None,
        "exchange_time_latest": None,
        "deadline": _time.monotonic() + wait_s,
        **facts,
    }
    return journal._begin(Intent(**intent))


def end(journal, entry, how, **facts):
    """Write an end."""
    journal._end("", how, entry_id=entry, **facts)


def run_python(code, *arguments, cwd=ROOT, prefix=()):
    """Run a program with this module's helpers, and return its output."""
    program = f"{IMPORTS}\n{code}"
    done = subprocess.run(
        [*prefix, sys.executable, "-c", program, *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
