"""The output of the mock's command: closed, without a reader, or on a full disk."""

import contextlib
import functools
import io
import os
import sys
from pathlib import Path

import pytest

from gemini_clearing_mock import _command as command
from gemini_clearing_mock import _output, create_app
from gemini_clearing_mock.server._signals import Terminations
from gemini_clearing_mock.server._uvicorn import create_server

FULL = "gemini-clearing-mock: stdout cannot be written: No space left on device.\n"


def without_reader() -> io.TextIOWrapper:
    """Return the writing end of a pipe whose reader has ended."""
    reading, writing = os.pipe()
    os.close(reading)
    return io.TextIOWrapper(io.FileIO(writing, "w"))


@pytest.mark.parametrize("error_output", [None, "broken", "closed"])
def test_log_without_an_error_output_is_discarded(monkeypatch, error_output):
    """A message is discarded if the error output is closed or has no reader; no exception is raised."""
    stream = error_output and without_reader()
    if error_output == "closed":
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)

    _output.log("worker 1 ended")

    if error_output == "broken":
        with contextlib.suppress(BrokenPipeError):
            stream.close()


@pytest.mark.parametrize(
    ("opened", "status", "error_output"),
    [(without_reader, 141, ""), (functools.partial(Path("/dev/full").open, "w"), 2, FULL)],
    ids=["closed pipe", "full disk"],
)
@pytest.mark.parametrize("arguments", [("lifecycle",), ("init", "exchange.toml")])
def test_output_that_cannot_be_written_has_an_exit_status(
    monkeypatch, capsys, tmp_path, arguments, opened, status, error_output
):
    """A closed pipe is status 141, a full disk one line and status 2, and closing the stream afterwards succeeds."""
    monkeypatch.chdir(tmp_path)
    with opened() as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert command.main(arguments) == status
    assert capsys.readouterr().err == error_output


def test_closed_output_is_ignored(monkeypatch):
    """Without a standard output (`>&-`) nothing is printed, and the command succeeds."""
    monkeypatch.setattr(sys, "stdout", None)

    assert command.main(["lifecycle"]) == 0


def test_server_whose_address_cannot_be_printed_serves(monkeypatch, exchange, capsys):
    """A server whose address cannot be printed serves: its port may be known."""
    served = []

    def serving(options, *, ready):
        ready("http://127.0.0.1:1", exchange)
        served.append(options)

    monkeypatch.setattr(command, "serve", serving)
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert command.main([]) == 0

    assert len(served) == 1
    assert capsys.readouterr().err == FULL


def test_server_can_be_created_without_an_output(monkeypatch, exchange):
    """A server needs no standard output (`>&-`); uvicorn would check whether it is a terminal."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)

    assert create_server(create_app(exchange), 5, Terminations()).config.use_colors is False
