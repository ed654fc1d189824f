"""What is shipped: the right files, importable without the checkout, with types that reach the user's own code."""

import re
import tarfile
import zipfile
from pathlib import Path

from tests.package.conftest import TOOLS, run

PACKAGES = [
    "gemini_clearing",
    "gemini_clearing_auth",
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

def wrong_answer(clearing: GeminiClearing) -> int:
    return clearing.get_order(clearing_id="0OQGOZXW").is_confirmed  # line 11: bool | None is no int

def wrong_argument(clearing: GeminiClearing) -> None:
    clearing.create_order(symbol="btcusd", amount=1.5, price="9500", side="buy")  # line 14: money is no float
"""


def test_sdist_holds_only_what_a_build_needs(dist: Path) -> None:
    """Sources, the spec and four documents; no tests, no environment, nothing that lay around."""
    [path] = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}

    assert tops == {
        "auth_plugin", "client_runtime", "contract_suite", "generated_client", "mock_exchange", "openapi",
        "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore",
    }  # fmt: skip


def test_wheel_holds_exactly_the_five_packages(wheel: Path) -> None:
    """check-wheel-contents compares the top level with the list in pyproject.toml, and looks for what strays."""
    done = run(TOOLS / "check-wheel-contents", wheel)

    assert done.returncode == 0, done.stdout


def test_wheel_holds_the_licence_and_the_mark_of_types(wheel: Path) -> None:
    """Every package has `py.typed`; the licence travels with the code."""
    names = zipfile.ZipFile(wheel).namelist()

    assert {name for name in names if name.endswith("py.typed")} == {f"{package}/py.typed" for package in PACKAGES}
    assert [name for name in names if name.endswith("dist-info/licenses/LICENSE")]


def test_wheel_imports_in_a_clean_environment(python: Path, tmp_path: Path) -> None:
    """Every package imports with nothing but the declared dependencies, and from the environment."""
    code = f"import sys, {', '.join(PACKAGES)}; print(all(sys.prefix in sys.modules[n].__file__ for n in {PACKAGES}))"

    done = run(python, "-I", "-W", "error", "-c", code, cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_wheel_brings_the_command_of_the_mock(python: Path, tmp_path: Path) -> None:
    """`gemini-clearing-mock` starts, and says what it takes."""
    done = run(python.parent / "gemini-clearing-mock", "--help", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "--port" in done.stdout


def test_types_reach_the_code_of_users(python: Path, tmp_path: Path) -> None:
    """mypy, in strict mode and against the installed wheel, finds the two deliberate errors and nothing else."""
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
