"""The undocumented parts of uvicorn that `server/_uvicorn.py` uses; see the comment there."""

import inspect
import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


def test_uvicorn_creates_the_scope_in_on_message_begin():
    """The mock adds its transport to `scope` after `on_message_begin`, which must have created it by then."""
    source = inspect.getsource(HttpToolsProtocol.on_message_begin)

    assert list(inspect.signature(HttpToolsProtocol.on_message_begin).parameters) == ["self"]
    assert "self.scope = {" in source


def test_uvicorn_keeps_the_scope_until_the_request_starts():
    """uvicorn passes the scope to which the mock has added its transport to the application."""
    source = inspect.getsource(HttpToolsProtocol.on_headers_complete)

    assert "scope=self.scope" in source
    assert "self.scope = " not in source


def test_uvicorn_keeps_the_transport_of_a_connection():
    """The transport that the mock passes to the application is the connection's own."""
    assert "self.transport = transport" in inspect.getsource(HttpToolsProtocol.connection_made)


def test_uvicorn_creates_the_cycle_in_on_headers_complete():
    """The mock replaces the transport of the cycle after `on_headers_complete`, before the cycle has begun."""
    source = inspect.getsource(HttpToolsProtocol.on_headers_complete)

    assert "self.cycle = RequestResponseCycle(" in source
    assert "transport=self.transport" in source


def test_uvicorn_writes_a_response_with_the_transport_of_the_cycle():
    """The mock replaces the transport of a cycle, and with it the methods that uvicorn uses to write and close."""
    used = set(re.findall(r"self\.transport\.(\w+)", inspect.getsource(RequestResponseCycle)))

    assert used == {"close", "is_closing", "write"}
