"""Mistakes in the arguments of the mock's command: one line that names the mistake and its remedy, and status 2."""

import os
from pathlib import Path, PosixPath

import pytest

from gemini_clearing_mock import _command as command
from gemini_clearing_mock import create_app
from gemini_clearing_mock.errors import ControlError

FULL_DISK = Path("/dev/full")


@pytest.fixture
def mistakes(tmp_path, monkeypatch):
    """Make a folder of files that cannot be used the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("hello", encoding="utf-8")
    os.mkfifo("fifo")
    Path("loop").symlink_to("loop")


@pytest.fixture(autouse=True)
def not_served(monkeypatch):
    """Let a mistake that is accepted fail the test; otherwise the server would run without an end."""
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: pytest.fail("the mistake was accepted"))


def error_of(capsys, *arguments: str) -> str:
    """Run the command, and return its error."""
    assert command.main(["--port", "0", *arguments]) == 2
    output, error = capsys.readouterr()
    assert output == ""
    assert error.count("\n") == 1
    return error


@pytest.mark.usefixtures("mistakes")
@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("folder", "it is a folder"),
        ("fifo", "it is not a regular file"),
        ("/dev/null", "it is not a regular file"),
        ("text/state", "Not a directory"),
        ("loop", "Too many levels of symbolic links"),
        ("missing/state", "its folder does not exist"),
        (":memory:", "it would be a file of this name; a state in memory needs none"),
    ],
)
def test_state_that_is_not_a_file_is_rejected(capsys, file, problem):
    """A state file that cannot be one is rejected with the reason; SQLite would wait for a FIFO without an end."""
    assert error_of(capsys, "--state", file).endswith(
        f"cannot use {file} as a state file: {problem}. Choose another file.\n"
    )


def test_state_in_a_removed_folder_is_rejected(capsys, tmp_path, monkeypatch):
    """A relative state file is rejected if the current folder was removed."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert "cannot use state as a state file: its folder does not exist." in error_of(capsys, "--state", "state")


@pytest.mark.usefixtures("mistakes")
def test_configuration_that_is_a_folder_is_rejected(capsys):
    """The error shows the command that writes a configuration only if the file does not exist."""
    assert error_of(capsys, "--config", "folder").endswith("Is a directory. Choose another file.\n")


@pytest.mark.parametrize("option", ["--state", "--config", "--control-token-file", "init"])
def test_empty_file_name_is_rejected(capsys, option):
    """An empty file name, as an unset variable of a shell gives, is not the current folder."""
    with pytest.raises(SystemExit, match="2"):
        command.main([option, ""])

    assert "the file name is empty" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["[::1]", "127.0.0.1:80", "http://127.0.0.1", ".", "a" * 64, "a\nb"])
def test_host_that_is_not_a_name_is_rejected(capsys, host):
    """A host with scheme, brackets or port, or with an invalid name, is shown in one line."""
    error = error_of(capsys, "--host", host)

    assert f"invalid --host {host!r}: " in error
    assert error.endswith("Use a name or an address, without scheme, brackets and port.\n")


@pytest.mark.parametrize("name", ["", "mock.test:80", "http://mock.test", "*", "mock test", "[::1]", "mock.test."])
def test_host_name_that_no_request_has_is_rejected(exchange, name):
    """A host name that no request can have is rejected: it would allow nothing."""
    with pytest.raises(ControlError, match=r"invalid host name .* Use a name or an address"):
        create_app(exchange, allowed_hosts=[name])


@pytest.mark.parametrize(
    "origin", ["", "app.test", "http://app.test/", "HTTP://APP.TEST", "http://a b", "http://app.test?x", "**"]
)
def test_origin_that_no_browser_sends_is_rejected(exchange, origin):
    """An origin that no browser sends is rejected: it would allow no page."""
    with pytest.raises(ControlError, match=r"invalid origin .* Use scheme, host and port"):
        create_app(exchange, cors_origins=[origin])


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://[::1]:8", "null", "*", "app-scheme://x"])
@pytest.mark.parametrize("name", ["mock.test", "fe80::1", "192.0.2.7", "my_host"])
def test_names_that_a_browser_sends_are_accepted(exchange, origin, name):
    """Host names, addresses and origins as a browser sends them are accepted."""
    create_app(exchange, allowed_hosts=[name], cors_origins=[origin])


class FileOnFullDisk(PosixPath):
    """A file that can be created, but not written."""

    def open(self, mode="r", encoding=None):
        """Create the file, and open a device that is always full."""
        self.touch(exist_ok=False)
        return FULL_DISK.open("w", encoding=encoding)


def test_configuration_file_that_cannot_be_written_whole_is_removed(tmp_path):
    """If the disk becomes full during `init`, no part of the file is left."""
    with pytest.raises(ControlError, match=r"No space left on device\. The file was removed again\."):
        command._init(FileOnFullDisk(tmp_path / "exchange.toml"))

    assert list(tmp_path.iterdir()) == []
