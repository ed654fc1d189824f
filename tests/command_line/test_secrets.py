"""No secret, no signature and no payload is in any output of any command, for any response."""

import base64
import contextlib
import io
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing_cli._app import run
from gemini_clearing_mock import Exchange
from tests.command_line.running import TERMS, options

SECRET = "demo-secret-of-initiator"
NEW = ("order", "new", *options(**TERMS), "--yes")
COMMANDS = [
    NEW,
    ("order", "status", "P0521QDV"),
    ("order", "list"),
    ("order", "cancel", "P0521QDV", "--yes"),
    ("trades",),
]


class Echoing(httpx.BaseTransport):
    """Responds with the request's headers and payload, in each field that may hold text."""

    def __init__(self, status: int, place: str) -> None:
        self._status, self._place = status, place
        self.seen: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the headers to their sender."""
        payload = request.headers["X-GEMINI-PAYLOAD"]
        plain = base64.b64decode(payload).decode()
        self.seen |= {payload, plain, request.headers["X-GEMINI-SIGNATURE"]}
        text = f"received {dict(request.headers)} with {plain}"
        bodies: dict[str, Any] = {
            "error": {"result": "error", "reason": "InvalidSignature", "message": text},
            "reason": {"result": "error", "reason": text, "message": "no"},
            "result": {"result": text, "clearing_id": text, "status": text, "orders": [], "results": []},
        }
        if self._place in bodies:
            return httpx.Response(self._status, json=bodies[self._place])
        return httpx.Response(self._status, text=text)


@pytest.mark.parametrize("form", [(), ("--json",), ("--csv",)])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
@pytest.mark.parametrize("place", ["error", "reason", "result", "text"])
def test_output_has_no_secret(
    command: tuple[str, ...], form: tuple[str, ...], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exchange that echoes headers and payload does not get them printed."""
    for status in (200, 400):
        echoing = Echoing(status, place)

        run([*command, *form], transport=echoing)

        printed = "".join(capsys.readouterr())
        assert [text for text in {*echoing.seen, SECRET} if text in printed] == []


@settings(max_examples=25)
@given(secret=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'`-"), min_size=12))
def test_no_message_has_the_secret(secret: str) -> None:
    """A rejected call and a usage error do not print the secret."""
    exchange = Exchange()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEMINI_API_SECRET", secret)
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            run(NEW, transport=exchange.transport())
            run(["order", "list", "--limit-orders", "x"], transport=exchange.transport())

    assert secret not in out.getvalue()
