"""The module through which the runtime reads clocks and sleeps."""

import ast
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import gemini_clearing_runtime
from gemini_clearing_runtime import _time

PACKAGE = Path(gemini_clearing_runtime.__file__).parent
# Modules and calls that reach a clock or sleep without `_time`.
FORBIDDEN_IMPORTS = {"time"}
FORBIDDEN_CALLS = {"datetime.now", "datetime.utcnow", "asyncio.sleep", "date.today", "datetime.today"}


class Standing(_time.Clock):
    """A stopped clock that records its sleeps."""

    def __init__(self):
        self.slept = []

    def monotonic(self):
        """Return one moment."""
        return 7.0

    def utc_now(self):
        """Return one moment."""
        return datetime(2026, 1, 1, tzinfo=UTC)

    def sleep(self, seconds):
        """Record the seconds."""
        self.slept.append(seconds)

    async def sleep_async(self, seconds):
        """Record the seconds."""
        self.slept.append(seconds)


def _reaches_time(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FORBIDDEN_IMPORTS)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in FORBIDDEN_IMPORTS:
            yield node.module
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in FORBIDDEN_CALLS:
            yield ast.unparse(node)


def test_time_is_the_only_module_that_reads_a_clock():
    """A clock that is read elsewhere cannot be simulated."""
    found = {
        path.name: used
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "_time.py" and (used := sorted(_reaches_time(ast.parse(path.read_text(encoding="utf-8")))))
    }

    assert found == {}


def test_time_installed_clock_replaces_the_machines():
    """After `install`, every function reads the new clock, and the former one can be put back."""
    standing = Standing()
    former = _time.install(standing)
    try:
        _time.sleep(1.5)
        asyncio.run(_time.sleep_async(2.5))

        assert (_time.monotonic(), _time.utc_now().year, standing.slept) == (7.0, 2026, [1.5, 2.5])
    finally:
        assert _time.install(former) is standing


def test_time_without_a_replacement_is_the_machines():
    """Both clocks run, and a sleep takes as long as its argument."""
    before, wall = _time.monotonic(), _time.utc_now()
    _time.sleep(0.002)
    asyncio.run(_time.sleep_async(0.002))

    assert _time.monotonic() - before >= 0.004
    assert (_time.utc_now() - wall).total_seconds() >= 0.003
