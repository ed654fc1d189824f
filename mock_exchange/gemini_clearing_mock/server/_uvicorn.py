"""
The uvicorn server, and the one change to it that faults need.

uvicorn is part of the extra `[mock]`, and is imported only when a server is created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ControlError
from ..http._asgi import TRANSPORT, App

if TYPE_CHECKING:
    import uvicorn

__all__ = ["create_server"]


def create_server(app: App) -> uvicorn.Server:
    """
    Return a server for an ASGI application.

    Raises:
        ControlError: uvicorn is not installed.

    """
    try:
        import uvicorn
    except ImportError:
        raise ControlError("uvicorn is not installed. Install it with: pip install 'gemini-clearing[mock]'") from None

    config = uvicorn.Config(
        app, http=_protocol_class(), log_level="warning", access_log=False, date_header=False, proxy_headers=False
    )
    return uvicorn.Server(config)


def _protocol_class() -> Any:
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return "auto"

    class Protocol(HttpToolsProtocol):
        """
        uvicorn's protocol, which also passes its transport to the application; faults break connections with it.

        `on_message_begin`, `scope` and `transport` are not documented by uvicorn. Written for uvicorn 0.54.0, where
        `on_message_begin` creates `scope`; `tests/mock/test_uvicorn.py` fails if that changes.
        """

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]  # ASGI: any value

    return Protocol
