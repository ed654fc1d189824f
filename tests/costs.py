"""
A pytest plugin that prints the ten tests with the most CPU time, their fixtures and child processes included.

It also prints how many times longer the run took than a fixed piece of work, before and after the tests: the same tests
take twice as long on one machine as on another, or at another hour.

`make test` uses it. CPU time depends less than the duration on what else the machine does. The fixture of a module is
part of the first test that uses it, and a server that a fixture ends is part of the last. Child processes count when
the test's process has waited for them; those of the fork server in tests/shared_keys belong to that server, and do not.
"""

import os
import time
from collections import Counter
from collections.abc import Generator

import pytest

__all__ = ["Costs", "pytest_configure", "pytest_runtest_makereport", "pytest_runtest_setup"]

COUNT = 10
_before = pytest.StashKey[float]()


def _cpu_s() -> float:
    """Return the CPU time of this process and of the child processes that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def fixed_work_s() -> float:
    """Return the CPU time of a piece of work that is always the same."""
    start = time.process_time()
    for number in range(500_000):
        str({str(number): number})
    return time.process_time() - start


class Costs:
    """The CPU time by test; with pytest-xdist, the reports of all workers are received here."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._start = time.monotonic()
        self._work_s = fixed_work_s()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add one phase of a test."""
        self.seconds[report.nodeid] += getattr(report, "cpu_s", 0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the most expensive tests, and the sum of all."""
        total = self.seconds.total()
        title = f"{COUNT} most expensive of {len(self.seconds)} tests, which took {total:.0f} s of CPU time"
        terminalreporter.section(title)
        for test, seconds in self.seconds.most_common(COUNT):
            terminalreporter.line(f"{seconds:6.2f} s  {test}")
        duration_s = time.monotonic() - self._start
        work_s = (self._work_s + fixed_work_s()) / 2
        terminalreporter.line(
            f"{duration_s:.0f} s: {duration_s / work_s:.0f} times a fixed piece of work ({work_s:.2f} s)"
        )


def pytest_configure(config: pytest.Config) -> None:
    """Collect the times, except in a worker of pytest-xdist, which prints nothing."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Costs())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the CPU time since the last phase; for the first phase, since the start of the test."""
    report = yield
    now = _cpu_s()
    # A worker of pytest-xdist sends every attribute of a report.
    vars(report)["cpu_s"] = now - item.stash.get(_before, now)
    item.stash[_before] = now
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start the first phase."""
    item.stash[_before] = _cpu_s()
