"""Fixtures: the command in this process, on a mock exchange in this process, as one of its desks."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gemini_clearing_cli import _confirmation
from gemini_clearing_cli._app import run
from gemini_clearing_mock import Exchange
from tests.client.simulated_time import skipped_pauses
from tests.command_line.installed import PACKAGES, unpack
from tests.command_line.running import Ended

Cli = Callable[..., Ended]
VARIABLES = ("GEMINI_ENVIRONMENT", "GEMINI_OAUTH_TOKEN", "GEMINI_ACCOUNT", "GEMINI_CLEARING_PROFILE", "NO_COLOR")


@pytest.fixture
def exchange() -> Exchange:
    """Return a new demo exchange."""
    return Exchange()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Use the environment variables of the initiator, and a file of profiles that does not exist yet."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GEMINI_CLEARING_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("GEMINI_API_KEY", "account-demo-initiator")
    monkeypatch.setenv("GEMINI_API_SECRET", "demo-secret-of-initiator")
    monkeypatch.setenv("GEMINI_BASE_URL", "http://127.0.0.1")


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Let the pauses between retries and queries take no time."""
    with skipped_pauses():
        yield


@pytest.fixture
def cli(exchange: Exchange, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs the command as a desk: `cli("order", "list", desk="counterparty")`."""

    def execute(*arguments: str, desk: str = "", transport: httpx.BaseTransport | None = None) -> Ended:
        if desk:
            account = exchange.account(desk)
            monkeypatch.setenv("GEMINI_API_KEY", account.api_key)
            monkeypatch.setenv("GEMINI_API_SECRET", account.api_secret)
        capsys.readouterr()
        code = run(arguments, transport=transport or exchange.transport())
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return execute


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list with the texts that a person types at the prompts, in order; an exception is raised there."""
    given: list[Any] = []

    def read(prompt: str = "") -> str:
        reply = given.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return str(reply)

    monkeypatch.setattr(_confirmation, "is_interactive", lambda: True)
    monkeypatch.setattr("builtins.input", read)
    return given


@pytest.fixture(scope="session")
def unpacked_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an unpacked wheel of this checkout, without the two packages with half of the files."""
    folder = tmp_path_factory.mktemp("site-packages")
    unpack(folder, [one for one in PACKAGES if not one.startswith(("mock_exchange", "contract_suite"))])
    return folder


@pytest.fixture
def installed(unpacked_once: Path, tmp_path: Path) -> Path:
    """A copy that the test may damage."""
    return shutil.copytree(unpacked_once, tmp_path / "installed")
