"""
No secret in the output of a command after a secret was passed where another value belongs.

The options are read from the commands, the keys from the file of profiles, and the variables from the source, so that a
new one is searched too.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given

from gemini_clearing_cli._app import command as root
from gemini_clearing_cli._app import run
from gemini_clearing_cli._profiles import _TYPES
from tests.client.simulated_time import simulated_time
from tests.property.test_no_secret_in_texts import reject
from tests.property.test_no_secret_in_wrong_values import KEY, NEEDED, OTHER, SECRETS, once
from tests.property.texts import found_in

SOURCES = ["auth_plugin", "client_runtime", "command_line"]
FORMS = ["{}", "https://user:{}@host", "/missing/{}"]
READS = [["order", "list", "--json"], ["config"], ["config", "--json"], ["explain", "order", "list"]]
pytestmark = pytest.mark.usefixtures("clean_environment")


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the commands below a group."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        elif name != "verify":  # of a damaged installation: it reads no credentials
            yield (*path, name), command


def with_each(path: tuple[str, ...], command: Any, value: str) -> Iterator[list[str]]:
    """Yield a command line for each parameter of a command, which has the value there, and for unknown ones."""
    needed = {one.name: str(NEEDED.get(one.name, "book.csv")) for one in command.params if one.required}
    for wrong in command.params:
        given = {**needed, wrong.name: value}
        line = [*path, *(["--yes"] if any(one.name == "yes" for one in command.params) else [])]
        for one in command.params:
            if one.name in given:
                line += [given[one.name]] if one.param_type_name == "argument" else [one.opts[0], given[one.name]]
        yield line
    yield from ([*path, value], [*path, f"--{value}"], [*path, f"--{value}=1"], [*path[:-1], value])


def output_of(lines: Iterator[list[str]]) -> Iterator[tuple[str, str]]:
    """Yield the output of each command line."""
    with simulated_time():
        for line in lines:
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                run(line, transport=httpx.MockTransport(reject))
            yield " ".join(line[:3]), out.getvalue()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", [path for path, _ in commands(root())], ids=" ".join)
@once
@given(secret=SECRETS)
def test_secret_as_an_argument_of_a_command_is_not_printed(
    path: tuple[str, ...], form: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the parser nor the command repeats it, nor the summary of a write that is not sent."""
    monkeypatch.chdir(tmp_path)
    command = dict(commands(root()))[path]
    for name, value in {"KEY": KEY, "SECRET": secret}.items():
        monkeypatch.setenv(f"GEMINI_API_{name}", value)
    monkeypatch.setenv("GEMINI_BASE_URL", "http://127.0.0.1")
    monkeypatch.setenv("GEMINI_CLEARING_CONFIG", "none.toml")

    assert found_in(output_of(with_each(path, command, form.format(secret))), {"secret": secret}) == []


VARIABLES = sorted(
    {
        name
        for folder in SOURCES
        for file in Path(folder).rglob("*.py")
        for name in re.findall(r'"(GEMINI_[A-Z_]+|SSL_[A-Z_]+)"', file.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("variable", [*VARIABLES, "HTTPS_PROXY", "NO_PROXY"])
@once
@given(secret=SECRETS)
def test_secret_in_another_variable_is_not_printed(
    variable: str, form: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a key that was set to the secret, `config` shows at most its end."""
    monkeypatch.chdir(tmp_path)
    own = secret if variable == "GEMINI_ACCOUNT" else OTHER  # `explain` shows any other text as the account
    given = {"GEMINI_API_KEY": KEY, "GEMINI_API_SECRET": own, "GEMINI_CLEARING_CONFIG": "none.toml"}
    for name, value in {**given, variable: form.format(secret)}.items():
        monkeypatch.setenv(name, value)

    assert found_in(output_of(iter(READS)), {"secret": secret}) == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", [*_TYPES, "default_profile", "unknown"])
@once
@given(secret=SECRETS)
def test_secret_under_another_key_of_a_profile_is_not_printed(
    key: str, form: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither `config` nor the error of a wrong value shows it, nor that of an unknown key."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "config.toml"
    secret_of_profile = secret if key == "account" else OTHER  # `explain` shows any other text as the account
    profile = {"base_url": "http://127.0.0.1", "api_key": KEY, "api_secret": secret_of_profile}
    top = {key: form.format(secret)} if key == "default_profile" else {}
    own = {**profile, **({} if top else {key: form.format(secret)})}
    lines = [f'{name} = "{value}"' for name, value in top.items()]
    lines += ["[profiles.desk]", *(f'{name} = "{value}"' for name, value in own.items())]
    file.write_text("\n".join(lines), encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("GEMINI_CLEARING_CONFIG", str(file))

    assert found_in(output_of(iter(READS)), {"secret": secret}) == []
