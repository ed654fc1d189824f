"""The pytest plugins of mock and contract suite in runs that do not use them: they cost nothing, and never warn."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "pyproject.toml"

LIST_MODULES = """
import pytest, sys
before = set(sys.modules)
import gemini_clearing_mock.pytest_plugin, gemini_clearing_contract.pytest_plugin
for package in (gemini_clearing_mock, gemini_clearing_contract):
    [getattr(package, name) for name in dir(package)]  # as freezegun does
print(*sorted(set(sys.modules) - before))
"""

RUN_AFTER_IMPORT = """
import pytest, sys
import gemini_clearing, gemini_clearing_contract, gemini_clearing_mock.pytest_plugin
others = ["anyio", "cacheprovider", "hypothesispytest", "schemathesis", "time_machine", "xdist", "xdist.looponfail"]
sys.exit(pytest.main(["-W", "error", "-q", *(f"-pno:{name}" for name in others)]))
"""


def test_plugins_import_nothing_but_themselves():
    """Loaded and not used, the plugins import their packages, and no other module."""
    listed = subprocess.run([sys.executable, "-c", LIST_MODULES], capture_output=True, text=True, check=True).stdout

    assert listed.split() == [
        "gemini_clearing_contract",
        "gemini_clearing_contract.pytest_plugin",
        "gemini_clearing_mock",
        "gemini_clearing_mock.pytest_plugin",
    ]


def test_errors_are_an_attribute_of_the_package_before_they_are_imported():
    """`import gemini_clearing_mock` is enough for `gemini_clearing_mock.errors`."""
    program = "import gemini_clearing_mock; print(gemini_clearing_mock.errors.ControlError.__module__)"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "gemini_clearing_mock.errors"


def write_installation(folder: Path) -> None:
    """Write the metadata of an installed wheel: pytest rewrites the assertions of the packages that it lists."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    plugins = project["project"]["entry-points"]["pytest11"]
    info = folder / "installed-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: installed\nVersion: 1\n", encoding="utf-8")
    (info / "RECORD").write_text("".join(f"{Path(package).name}/__init__.py,,\n" for package in packages), "utf-8")
    entries = "".join(f"{name} = {module}\n" for name, module in plugins.items())
    (info / "entry_points.txt").write_text(f"[pytest11]\n{entries}", encoding="utf-8")


def test_run_with_warnings_as_errors_passes_after_import_of_client(tmp_path):
    """`pytest.main` with warnings as errors succeeds, although client, mock and suite were imported before it."""
    write_installation(tmp_path)
    (tmp_path / "test_user.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")

    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN_AFTER_IMPORT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (run.returncode, run.stderr)
    assert "1 passed" in run.stdout
