"""
No secret in any text of a client that uses the network, sends headers of the caller, or is used by the command line.

Neither a proxy that repeats its request, nor a connection that breaks, nor a profile with a mistake shows one.
"""

import asyncio
import contextlib
import io
import socketserver
import threading
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given

from gemini_clearing import AsyncGeminiClearing, GeminiClearing
from gemini_clearing_cli._app import run
from gemini_clearing_runtime._asyncio_sockets import AsyncioSockets
from gemini_clearing_runtime._sockets import BlockingSockets
from tests.property.test_no_secret_in_options import EXCHANGE, KEY, OTHER, Options, once
from tests.property.test_no_secret_in_texts import NAMES, SECRETS, succeed
from tests.property.texts import Holder, found_in, texts_of

pytestmark = pytest.mark.usefixtures("clean_environment")


class _Repeating(socketserver.StreamRequestHandler):
    """A proxy that rejects each tunnel, and repeats the request in its response."""

    def handle(self) -> None:
        """Respond with status 407."""
        lines = takewhile(lambda line: line != b"\r\n", self.rfile)
        text = b"".join(lines).replace(b"\r\n", b" ")
        self.wfile.write(b"HTTP/1.1 407 " + text + b"\r\nX-Seen: " + text + b"\r\nContent-Length: 0\r\n\r\n")


class _Server(socketserver.ThreadingTCPServer):
    """A server whose end does not wait for its connections."""

    daemon_threads = True
    block_on_close = False


@pytest.fixture(scope="module")
def rejecting_proxy() -> Iterator[str]:
    """Serve the proxy, and yield its host and port."""
    with _Server(("127.0.0.1", 0), _Repeating) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("by_variable", [False, True], ids=["option", "variable"])
@once
@given(secret=NAMES)
def test_password_of_a_proxy_that_rejects_is_in_no_text(
    is_async: bool, by_variable: bool, rejecting_proxy: str, secret: str
) -> None:
    """A call that fails in the proxy shows neither the password nor the header that has it."""
    url = f"http://user:{secret}@{rejecting_proxy}"
    options: Options = {"api_key": KEY, "api_secret": OTHER, "base_url": EXCHANGE, "timeout": 5}

    with pytest.MonkeyPatch.context() as patch:
        if by_variable:
            patch.setenv("HTTPS_PROXY", url)
        else:
            options["proxy"] = url
        texts = texts_of(lambda: _call_once(options, is_async=is_async))

    assert any("ConnectionFailedError" in place for place, _ in texts)
    assert found_in(texts, {"secret": secret, "pair": f"user:{secret}"}) == []


def _call_once(options: Options, *, is_async: bool, extra_headers: dict[str, str] | None = None) -> None:
    """Make a write with a new client, whose headers have a secret."""
    terms: Options = {"symbol": "btcusd", "amount": "1", "price": "1", "side": "buy"}
    if not is_async:
        with GeminiClearing(**options).with_options(extra_headers=extra_headers) as client:
            client.create_order(**terms)

    async def call() -> None:
        async with AsyncGeminiClearing(**options).with_options(extra_headers=extra_headers) as client:
            await client.create_order(**terms)

    asyncio.run(call())


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@once
@given(token=SECRETS, header=NAMES)
def test_request_that_cannot_be_written_is_in_no_text(
    is_async: bool, rejecting_proxy: str, token: str, header: str
) -> None:
    """A traceback through the connection shows neither the token nor a header of the request in progress."""
    options: Options = {"auth": token, "base_url": f"http://{rejecting_proxy}", "timeout": 5}

    async def fail(*_: object) -> None:
        raise OSError("broken pipe")

    with pytest.MonkeyPatch.context() as patch:
        for cls in (BlockingSockets, AsyncioSockets):
            patch.setattr(cls, "send", fail)
        texts = texts_of(lambda: _call_once(options, is_async=is_async, extra_headers={"X-Token": header}))

    assert any("OutcomeUnknownError" in place for place, _ in texts)
    assert found_in(texts, {"token": token, "header": header}) == []


HEADERS: dict[str, Callable[[str], Any]] = {
    "reserved": lambda secret: {"Authorization": secret},
    "two lines": lambda secret: {"X-Token": f"{secret}\n"},
    "bytes": lambda secret: {"X-Token": secret.encode()},
    "object": lambda secret: {"X-Token": Holder(secret)},
    "as a name": lambda secret: {f"Bearer {secret}": ""},
    "as a name in bytes": lambda secret: {secret.encode(): ""},
    "not a mapping": lambda secret: [("X-Token", secret)],
    "text": lambda secret: secret,
    "fine": lambda secret: {"X-Token": secret},
}


@pytest.mark.parametrize("cls", [GeminiClearing, AsyncGeminiClearing])
@pytest.mark.parametrize("form", HEADERS)
@once
@given(secret=SECRETS)
def test_secret_in_an_extra_header_is_in_no_message(cls: Any, form: str, secret: str) -> None:
    """Neither in the message of the error, nor in a client that sends it, its `explain()`, and its logs."""
    client = cls(api_key=KEY, api_secret=OTHER, base_url="http://127.0.0.1", transport=httpx.MockTransport(succeed))

    texts = texts_of(lambda: client.with_options(extra_headers=HEADERS[form](secret)))
    texts += texts_of(lambda: client.explain("list_orders", extra_headers=HEADERS[form](secret)))
    if form == "fine":
        texts += texts_of(lambda: client.with_options(extra_headers=HEADERS[form](secret)).explain("list_orders"))

    # The frames of the called methods have their arguments, as every function of Python.
    assert found_in([one for one in texts if not one[0].startswith("traceback")], {"secret": secret}) == []


CONFIG = """
[profiles.desk]
base_url = "{url}"
api_key = "account-abcdefghijklmn"
api_secret = "{secret}"
proxy = "http://user:{secret}@proxy.test:3128"
"""
SETTINGS = [
    "",
    "timeout = '{}'",
    "oauth_token = ['{}']",
    "api_secrt = '{}'",
    "api_secret = '{}'",
    "x = {}",
    "verify = 1",
]


@pytest.mark.parametrize("line", SETTINGS)
@pytest.mark.parametrize("url", ["https://user:{}@api.gemini.com", "https://api.gemini.com?x={}", EXCHANGE])
@once
@given(secret=NAMES)
def test_no_command_shows_a_secret_of_the_file_or_of_the_environment(
    url: str, line: str, secret: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`config` and the errors of a profile show neither a URL with a password nor the value of a wrong key."""
    file: Path = tmp_path_factory.mktemp("profiles") / "config.toml"
    file.write_text(CONFIG.format(url=url.format(secret), secret=secret) + line.format(secret), encoding="utf-8")
    file.chmod(0o600)
    out = io.StringIO()

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        patch.setenv("GEMINI_CLEARING_CONFIG", str(file))
        for command in (["config"], ["config", "--json"], ["order", "list"], ["explain", "order", "list"]):
            transport = httpx.MockTransport(succeed) if "list" in command else None
            run(command, transport=transport)
        patch.setenv("GEMINI_API_KEY", KEY)
        patch.setenv("GEMINI_API_SECRET", secret)
        patch.setenv("GEMINI_BASE_URL", url.format(secret))
        run(["config", "--csv"])
        run(["order", "list", "--json"], transport=httpx.MockTransport(succeed))

    assert "invalid base_url" in out.getvalue() or "gemini.test" in out.getvalue() or "error:" in out.getvalue()
    assert found_in([("output", out.getvalue())], {"secret": secret}) == []
