"""
The time that the pytest plugins add to a run that does not use them, against the limit of 0.01 s.

pytest takes time for every plugin, also for an empty module. A second ratio shows it.

The plugins are passed as modules. For each name in `-p` or `PYTEST_PLUGINS`, pytest would read the entry points of all
installed packages, which takes longer than the plugins; for installed plugins it reads them once, as in every run.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks._compiled import compiled
from benchmarks._ratio import Ratio

__all__ = ["ratios"]

_ROUNDS = 31
_LIMIT_S = 0.01

_EMPTY = ("empty_plugin", "other_empty_plugin")
_PLUGINS = ("gemini_clearing_mock.pytest_plugin", "gemini_clearing_contract.pytest_plugin")
_PROGRAM = """
import importlib, sys
import pytest
plugins = [importlib.import_module(name) for name in sys.argv[1:]]
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider"], plugins=plugins))
"""


def ratios() -> Iterator[Ratio]:
    """Measure runs of one empty test, in turn with and without the plugins."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_empty.py").write_text("def test_empty():\n    pass\n", encoding="utf-8")
        for name in _EMPTY:
            (Path(folder) / f"{name}.py").touch()
        variants = (_PLUGINS, _EMPTY, ())
        rounds = [[_processor_s(folder, plugins) for plugins in variants] for _ in range(_ROUNDS + 1)][1:]
    # The minima: another load of the machine adds more to a run than the plugins do, and never takes anything away.
    with_s, empty_s, without_s = (min(figures) for figures in zip(*rounds, strict=True))
    figures = f"{with_s:.3f} s with, {without_s:.3f} s without"
    name = "what the pytest plugins add to a run, against 0.01 s"
    yield Ratio(name, (with_s - without_s) / _LIMIT_S, figures, at_most=1)
    figures = f"{empty_s:.3f} s with, {without_s:.3f} s without"
    yield Ratio("the same for two empty modules as plugins", (empty_s - without_s) / _LIMIT_S, figures)


def _processor_s(folder: str, plugins: tuple[str, ...]) -> float:
    """Run pytest, and return its processor time, which other load on the machine affects less than the duration."""
    # The plugins of other packages take seconds to load.
    environment = {
        **compiled(f"{folder}/cache"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": folder,
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", _PROGRAM, *plugins]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
