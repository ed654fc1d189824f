"""The undocumented parts of uvicorn that `server/_uvicorn.py` uses; see the comment there."""

import inspect

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


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
