"""The catalogue is as large as it claims, every fault fits today's code, and the hunt tells caught from missed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gemini_clearing_contract._plan import LAYERS
from tests.faults._catalogue import CATALOGUE
from tests.faults._fault import World

ROOT = Path(__file__).resolve().parents[2]


def test_catalogue_is_large_enough() -> None:
    """So many ways to be wrong, on each side."""
    sides = Counter(fault.side for fault in CATALOGUE)

    assert sides["mock"] >= 60
    assert sides["client"] >= 25
    assert sides["spec"] >= 15


def test_catalogue_names_are_unique() -> None:
    """A fault is known by its name."""
    assert [] == [name for name, count in Counter(fault.name for fault in CATALOGUE).items() if count > 1]


def test_catalogue_means_layers_that_exist() -> None:
    """Every fault is somebody's to catch."""
    assert {fault.meant for fault in CATALOGUE} <= {layer.name for layer in LAYERS}


def test_every_fault_fits_the_code() -> None:
    """An edit whose place is gone, or a part of the spec that is no more, is told here and not in the night."""
    script = (
        "from tests.faults._catalogue import CATALOGUE\nfrom tests.faults._fault import World\n"
        "for fault in CATALOGUE:\n"
        "    try:\n        fault.plant(World())\n"
        "    except Exception as error:\n        print(fault.name, '→', type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )

    assert ("", 0) == (done.stdout, done.returncode)


def test_edit_that_fits_nothing_is_told() -> None:
    """With the piece of source that is not there."""
    with pytest.raises(Exception, match="no such line"):
        World().edit("gemini_clearing_mock", "no such line", "")


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("create_order answers without clearing_id", "examples"),
        ("accepts a signature in upper-case hex", "adversaries"),
        ("the client has money in scientific form", "client_bytes"),
        ("the spec no longer requires an amount", "corpus"),
    ],
)
def test_hunt_catches_a_fault(name: str, layer: str) -> None:
    """In a process of its own, as `make recall` does it."""
    script = (
        "from gemini_clearing_contract._plan import layer_named\n"
        "from tests.faults._catalogue import CATALOGUE\n"
        "from tests.faults._recall import hunt\n"
        f"fault = next(fault for fault in CATALOGUE if fault.name == {name!r})\n"
        f"print(sorted(hunt(fault, layers=[layer_named({layer!r})]).by))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )

    assert f"['{layer}']" == done.stdout.strip(), done.stderr
