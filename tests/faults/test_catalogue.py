"""The catalogue is complete, each fault fits the current code, and a fault is detected as `make recall` reports it."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gemini_clearing_contract.layers import LAYERS
from tests.faults.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
# In a process of its own, because a fault cannot be planted in a module that is already imported.
PLANT_ALL = """
import json, sys
from pathlib import Path
from tests.faults.catalogue import CATALOGUE
from tests.faults.source_edits import sources_of
from tests.faults.world import World

problems = {}
for number, fault in enumerate(CATALOGUE):
    world = World()
    try:
        fault.plant(world)
    except Exception as error:
        problems[fault.name] = f"{type(error).__name__}: {error}"
    for module in world.edits.replacements:
        source = sources_of(module.partition(".")[0])[module]
        Path(sys.argv[1], f"{number}-{module}.py").write_text(world.edits.apply(module, source), encoding="utf-8")
print(json.dumps(problems))
"""


@pytest.fixture(scope="module")
def edited_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with each module that a fault edits, named by the number of the fault and the module."""
    return tmp_path_factory.mktemp("edited")


@pytest.fixture(scope="module")
def planting_problems(edited_modules: Path) -> dict[str, str]:
    """The faults that cannot be planted, with the error."""
    problems: dict[str, str] = json.loads(run_python(PLANT_ALL, str(edited_modules)))
    return problems


def run_python(script: str, *arguments: str) -> str:
    """Return the output of a script."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_catalogue_has_423_faults() -> None:
    """The detection rate is measured on this many faults of each side; a fault may be added, but not lost."""
    assert {"mock": 279, "client": 93, "spec": 51} == Counter(fault.side for fault in CATALOGUE)


def test_fault_names_are_unique() -> None:
    """The name of a fault is its key in the report."""
    assert [] == [name for name, count in Counter(fault.name for fault in CATALOGUE).items() if count > 1]


def test_expected_layers_exist() -> None:
    """Each fault names a layer of the suite that must detect it."""
    assert {fault.layer for fault in CATALOGUE} <= {layer.name for layer in LAYERS}


def test_every_fault_fits_the_code(planting_problems: dict[str, str]) -> None:
    """A fault quotes the current source, template or spec; a renaming updates the faults that quote the old text."""
    assert {} == planting_problems


def test_edited_modules_define_the_names_they_use(planting_problems: dict[str, str], edited_modules: Path) -> None:
    """A replacement uses only names that its module defines, so that a fault is not detected for a `NameError`."""
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821", "--ignore-noqa"]
    done = subprocess.run(
        [*ruff, "--target-version", "py311", "--output-format", "json", edited_modules],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = [(Path(entry["filename"]).name, entry["message"]) for entry in json.loads(done.stdout)]
    broken = {CATALOGUE[int(name.partition("-")[0])].name: message for name, message in found}

    assert len(list(edited_modules.iterdir())) > 100
    assert {} == broken


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("create_order response: clearing_id is missing", "examples"),
        ("accepts a signature in upper-case hex", "bad_signatures"),
        ("the client sends money in scientific notation", "client_bytes"),
        ("the spec no longer requires amount", "corpus"),
    ],
)
def test_detect_finds_a_fault(name: str, layer: str) -> None:
    """The layer reports a fault on each side."""
    script = (
        "from gemini_clearing_contract.layers import layer_named\n"
        "from tests.faults.catalogue import CATALOGUE\n"
        "from tests.faults.detection import detect\n"
        f"fault = next(fault for fault in CATALOGUE if fault.name == {name!r})\n"
        f"print(list(detect(fault, layers=[layer_named({layer!r})]).findings))"
    )

    assert f"['{layer}']" == run_python(script).strip()
