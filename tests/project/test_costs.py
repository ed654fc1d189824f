"""`make test` ends with the most expensive tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.reading import ROOT

TESTS = """
import subprocess, sys, time
BUSY = "import time\\nwhile time.process_time() < 0.2: pass"
def test_idle(): time.sleep(0.2)
def test_busy(): exec(BUSY.replace("0.2", f"{time.process_time() + 0.3}"))
def test_busy_child(): subprocess.run([sys.executable, "-c", BUSY])
"""


def test_costs_are_cpu_times_with_child_processes(tmp_path: Path) -> None:
    """Workers report the CPU time of each test and of its child processes; waiting is free."""
    (tmp_path / "test_costs.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", "-p", "xdist", "-p", "tests.costs"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)

    costs = re.findall(r"^ *([\d.]+) s  test_costs.py::(\w+)$", done.stdout, flags=re.MULTILINE)
    assert ["test_busy", "test_busy_child", "test_idle"] == [name for _, name in costs]
    assert [True, True, False] == [float(seconds) > 0.1 for seconds, _ in costs], costs
    line = r"^(\d+) s: (\d+) times a fixed piece of work \(([\d.]+) s\)$"
    [(duration, times, work)] = re.findall(line, done.stdout, flags=re.MULTILINE)
    assert int(times) * float(work) == pytest.approx(float(duration), abs=1), done.stdout
