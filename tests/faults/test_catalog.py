"""The catalog is complete, each fault fits the current code, and a fault is detected as `make recall` reports it."""

import base64
import builtins
import datetime
import decimal
import json
import keyword
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_contract.layers import LAYERS
from tests.faults.catalog import CATALOG
from tests.faults.source_edits import sources_of
from tests.faults.undefined_names import undefined_names

ROOT = Path(__file__).resolve().parents[2]
# In a separate process, because a fault cannot be planted in a module that is already imported.
PLANT_ALL = """
import json, sys
from pathlib import Path
from tests.faults.catalog import CATALOG
from tests.faults.source_edits import sources_of
from tests.faults.world import World

planted = []
for number, fault in enumerate(CATALOG):
    world, error = World(), ""
    try:
        fault.plant(world)
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
    for module in world.edits.replacements:
        source = sources_of(module.partition(".")[0])[module]
        Path(sys.argv[1], f"{number}-{module}.py").write_text(world.edits.apply(module, source), encoding="utf-8")
    planted.append({"name": fault.name, "error": error, "replacements": world.edits.replacements})
print(json.dumps(planted))
"""
# Each fault in a process that is forked from one which has imported neither mock nor client, like in `make recall`.
DETECT = """
import json, multiprocessing, sys
from gemini_clearing_contract.layers import layer_named
from tests.faults.catalog import CATALOG
from tests.faults.detection import detect

given = json.loads(sys.argv[1])

def layers_with_findings(name):
    fault = next(fault for fault in CATALOG if fault.name == name)
    return list(detect(fault, layers=[layer_named(given[name])]).findings)

with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
    print(json.dumps(dict(zip(given, pool.map(layers_with_findings, given, chunksize=1)))))
"""
FAULTS = {
    "create_order response: clearing_id is missing": "examples",
    "accepts a signature in upper-case hex": "bad_signatures",
    "the client sends money in scientific notation": "client_bytes",
    "the spec no longer requires amount": "corpus",
}
# What a replacement may use although its package does not.
STANDARD_TYPES = (base64, bytes, datetime.datetime, datetime.timedelta, decimal.Decimal, dict, list, str)
STANDARD_NAMES = {*dir(builtins), *keyword.kwlist, *(name for kind in STANDARD_TYPES for name in dir(kind))}


@pytest.fixture(scope="module")
def edited_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with each module that a fault edits, named by the number of the fault and the module."""
    return tmp_path_factory.mktemp("edited")


@pytest.fixture(scope="module")
def planted(edited_modules: Path) -> list[dict[str, Any]]:
    """For each fault its name, the error that it raised when it was planted, and its replacements by module."""
    faults: list[dict[str, Any]] = json.loads(run_python(PLANT_ALL, str(edited_modules)))
    return faults


def run_python(script: str, *arguments: str) -> str:
    """Return the output of a script."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_catalog_has_821_faults() -> None:
    """The detection rate is measured on this many faults of each side; a fault may be added, but not lost."""
    assert {"mock": 666, "client": 114, "spec": 53} == Counter(fault.side for fault in CATALOG)


def test_fault_names_are_unique() -> None:
    """The name of a fault is its key in the report."""
    assert [] == [name for name, count in Counter(fault.name for fault in CATALOG).items() if count > 1]


def test_expected_layers_exist() -> None:
    """Each fault names a layer of the suite that must detect it."""
    assert {fault.layer for fault in CATALOG} <= {layer.name for layer in LAYERS}


def test_every_fault_fits_the_code(planted: list[dict[str, Any]]) -> None:
    """A fault quotes the current source, template or spec; a renaming updates the faults that quote the old text."""
    assert {} == {fault["name"]: fault["error"] for fault in planted if fault["error"]}


def test_edited_modules_define_the_names_they_use(planted: list[dict[str, Any]], edited_modules: Path) -> None:
    """A replacement uses only names that its module defines, so that no fault is detected because of a `NameError`."""
    undefined = undefined_names(edited_modules)

    assert len(list(edited_modules.iterdir())) > 100
    assert [] == [(planted[int(name.partition("-")[0])]["name"], message) for name, message in undefined]


def test_replacements_use_words_of_their_package(planted: list[dict[str, Any]]) -> None:
    """An attribute or argument in a replacement occurs in the package too, so that it was renamed with the package."""
    unknown = []
    for fault in planted:
        for module, replacements in fault["replacements"].items():
            words = words_of(" ".join(new for _, new in replacements))
            unknown += [(fault["name"], word) for word in words - package_words(module.partition(".")[0])]

    assert [] == unknown


def words_of(code: str) -> set[str]:
    """Return the identifiers in pieces of code, except standard names, single letters, and classes defined there."""
    defined = set(re.findall(r"class (\w+)", code))
    code_without_strings = re.sub(r"'[^']*'|\"[^\"]*\"", "", code)
    return set(re.findall(r"\b[A-Za-z_]\w+", code_without_strings)) - defined - STANDARD_NAMES


@cache
def package_words(package: str) -> frozenset[str]:
    """Return every word in the source of a package."""
    return frozenset(word for source in sources_of(package).values() for word in re.findall(r"\w+", source))


@pytest.fixture(scope="module")
def detected() -> dict[str, list[str]]:
    """For each planted fault the layers with a finding."""
    layers: dict[str, list[str]] = json.loads(run_python(DETECT, json.dumps(FAULTS)))
    return layers


@pytest.mark.parametrize(("name", "layer"), FAULTS.items())
def test_detect_finds_a_fault(name: str, layer: str, detected: dict[str, list[str]]) -> None:
    """The layer reports a fault on each side."""
    assert [layer] == detected[name]
