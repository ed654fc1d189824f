"""The distribution contains the right files, works without the checkout, and its types reach the user's code."""

import re
import sys
import tarfile
import zipfile
from pathlib import Path

from gemini_clearing_contract.spec.document import CHECKOUT, PACKAGED
from tests.package.conftest import ROOT, TOOLS, run

PACKAGES = [
    "gemini_clearing",
    "gemini_clearing_auth",
    "gemini_clearing_cli",
    "gemini_clearing_contract",
    "gemini_clearing_mock",
    "gemini_clearing_runtime",
]

CONSUMER = """\
from decimal import Decimal
from gemini_clearing import AsyncGeminiClearing, GeminiClearing

def place(clearing: GeminiClearing) -> str:
    return clearing.create_order(symbol="btcusd", amount=Decimal(1), price="9500", side="buy").clearing_id

async def price(clearing: AsyncGeminiClearing, clearing_id: str) -> Decimal | None:
    return (await clearing.get_order(clearing_id=clearing_id)).price

def wrong_result(clearing: GeminiClearing) -> int:
    return clearing.get_order(clearing_id="0OQGOZXW").is_confirmed  # line 11: bool | None is not int

def wrong_argument(clearing: GeminiClearing) -> None:
    clearing.create_order(symbol="btcusd", amount=1.5, price="9500", side="buy")  # line 14: money is not float
"""


def test_sdist_contains_only_files_of_the_build(dist: Path) -> None:
    """The sdist contains sources, the spec, the build hook and the documents, but no tests and no other files."""
    [path] = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}

    assert tops == {
        "auth_plugin", "client_runtime", "command_line", "contract_suite", "generated_client", "mock_exchange",
        "openapi", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "hatch_build.py", "pyproject.toml", ".gitignore",
    }  # fmt: skip


def test_wheel_contains_exactly_the_six_packages(wheel: Path) -> None:
    """check-wheel-contents compares the top level with pyproject.toml, and finds misplaced files."""
    done = run(TOOLS / "check-wheel-contents", wheel)

    assert done.returncode == 0, done.stdout


def test_wheel_contains_license_and_type_markers(wheel: Path) -> None:
    """Every package has `py.typed`, and the wheel contains the license."""
    names = zipfile.ZipFile(wheel).namelist()

    assert {name for name in names if name.endswith("py.typed")} == {f"{package}/py.typed" for package in PACKAGES}
    assert [name for name in names if name.endswith("dist-info/licenses/LICENSE")]


def test_wheel_imports_in_a_clean_environment(python: Path, tmp_path: Path) -> None:
    """Every package can be imported with only the declared dependencies, from the environment."""
    code = f"import sys, {', '.join(PACKAGES)}; print(all(sys.prefix in sys.modules[n].__file__ for n in {PACKAGES}))"

    done = run(python, "-I", "-W", "error", "-c", code, cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_wheel_installs_the_command_of_the_mock(python: Path, tmp_path: Path) -> None:
    """`gemini-clearing-mock --help` prints the options."""
    done = run(python.parent / "gemini-clearing-mock", "--help", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "--port" in done.stdout


def test_command_without_its_extra_names_the_extra(python: Path, tmp_path: Path) -> None:
    """`gemini-clearing` is always installed; without the extra `cli` it prints in one line what to install."""
    done = run(python.parent / "gemini-clearing", "order", "list", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'typer not found. Run: pip install "gemini-clearing[cli]"\n'


def test_verify_finds_one_changed_byte_without_an_extra(python: Path, tmp_path: Path) -> None:
    """`gemini-clearing verify` passes on the installed wheel, and names the file in which one byte was changed."""
    command = (python.parent / "gemini-clearing", "verify")
    where = run(python, "-I", "-c", "import gemini_clearing_auth as one; print(one.__path__[0])", cwd=tmp_path)
    path = Path(where.stdout.strip()) / "_signature.py"
    before, content = run(*command, cwd=tmp_path), path.read_bytes()
    # A new file instead of a write: uv may have linked the file to its cache.
    path.unlink()
    path.write_bytes(content.replace(b"a", b"b", 1))
    after = run(*command, cwd=tmp_path)
    path.write_bytes(content)

    assert (before.returncode, before.stdout.splitlines()[-1]) == (0, "No differences.")
    assert (after.returncode, after.stdout.splitlines()[-2]) == (
        7,
        "changed: gemini_clearing_auth/_signature.py (RECORD)",
    )


def test_types_reach_the_code_of_users(python: Path, tmp_path: Path) -> None:
    """mypy in strict mode with the installed wheel finds only the two deliberate errors."""
    consumer = tmp_path / "consumer.py"
    consumer.write_text(CONSUMER, encoding="utf-8")

    done = run(
        TOOLS / "mypy", "--strict", "--cache-dir", tmp_path / "cache", "--config-file", "", "--python-executable",
        python, consumer, cwd=tmp_path,
    )  # fmt: skip

    assert re.findall(r"consumer\.py:(\d+): error: .*\[(.+)\]", done.stdout) == [
        ("11", "return-value"),
        ("14", "arg-type"),
    ]


def test_wheel_contains_the_data_of_the_suite(wheel: Path) -> None:
    """The suite's data files are in the wheel, and the OpenAPI file is the checkout's."""
    archive = zipfile.ZipFile(wheel)
    package = "gemini_clearing_contract"

    assert archive.read(f"{package}/clearing.yaml") == (ROOT / "openapi" / "clearing.yaml").read_bytes()
    assert {f"{package}/cases/corpus.jsonl", f"{package}/report/report.css"} <= set(archive.namelist())


def test_editable_install_reads_the_checkout() -> None:
    """In the checkout the suite reads `openapi/clearing.yaml`, and no copy of it is installed."""
    copies = list(Path(sys.prefix).rglob("clearing.yaml"))

    assert copies == []
    assert not PACKAGED.is_file()
    assert CHECKOUT == ROOT / "openapi" / "clearing.yaml"
