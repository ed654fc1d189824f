"""The undocumented parts of uvicorn that `server/_uvicorn.py` uses; see the comment there."""

import inspect
import re

from uvicorn.protocols.http import flow_control, httptools_impl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


def test_uvicorn_creates_the_scope_in_on_message_begin():
    """The mock calls it after the headers, and sets again what it resets: the URL, the headers, and the expectation."""
    source = inspect.getsource(HttpToolsProtocol.on_message_begin)
    attributes = {line.split()[0] for line in source.splitlines() if line.startswith("        self.")}

    assert list(inspect.signature(HttpToolsProtocol.on_message_begin).parameters) == ["self"]
    assert attributes == {"self.url", "self.headers", "self.expect_100_continue", "self.scope"}
    assert '"headers": self.headers,' in source


def test_uvicorn_keeps_the_scope_until_the_request_starts():
    """uvicorn passes the scope to which the mock has added its transport to the application."""
    source = inspect.getsource(HttpToolsProtocol.on_headers_complete)

    assert "scope=self.scope" in source
    assert "self.scope = " not in source


def test_uvicorn_writes_only_with_write():
    """The mock writes later; what uvicorn sends by another method would come before what was written."""
    sources = map(inspect.getsource, (httptools_impl, flow_control))
    called = set(re.findall(r"transport\.(\w+)\(", "".join(sources)))

    assert called == {"close", "is_closing", "pause_reading", "resume_reading", "set_protocol", "write"}


def test_uvicorn_keeps_the_transport_of_a_connection():
    """The transport that the mock passes to the application is the connection's own."""
    assert "self.transport = transport" in inspect.getsource(HttpToolsProtocol.connection_made)


def test_uvicorn_starts_a_request_in_on_headers_complete():
    """The mock calls `on_headers_complete` later, with another application, which uvicorn reads only then."""
    source = inspect.getsource(HttpToolsProtocol.on_headers_complete)

    assert "app = self.app\n" in source
    assert "self.cycle = RequestResponseCycle(" in source


def test_uvicorn_writes_its_own_headers_first():
    """The mock writes the head of a response as uvicorn does."""
    passed = inspect.getsource(HttpToolsProtocol.on_headers_complete)
    sent = inspect.getsource(RequestResponseCycle.send)

    assert "default_headers=self.server_state.default_headers" in passed
    assert 'headers = self.default_headers + list(message.get("headers", []))' in sent


def test_uvicorn_waits_for_the_next_request_in_on_response_complete():
    """The mock calls it after a response without a cycle; it starts the time of a connection without a request."""
    source = inspect.getsource(HttpToolsProtocol.on_response_complete)

    assert "self.timeout_keep_alive_task = self.loop.call_later(" in source
    assert "self.cycle" not in source
