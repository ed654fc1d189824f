"""
The uvicorn server with the additions that faults, limits and an orderly end need.

uvicorn is part of the extra `[mock]`, and is imported only when a server is created.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ..errors import ControlError
from ..http._asgi import AsgiApp
from ._batched_writes import BatchedTransport
from ._direct_responses import DirectResponses
from ._limits import ConnectionLimits
from ._orderly_end import OrderlyEnd
from ._signals import Terminations

if TYPE_CHECKING:
    import asyncio

    import uvicorn

__all__ = ["create_server"]


def create_server(app: AsgiApp, grace_s: float, terminations: Terminations) -> uvicorn.Server:
    """
    Return a server for an ASGI application.

    Args:
        app: the application.
        grace_s: the time for the responses that are not yet sent when the server ends.
        terminations: the SIGTERM signals before the server runs.

    Raises:
        ControlError: uvicorn is not installed.

    """
    try:
        import uvicorn
    except ImportError:
        raise ControlError("uvicorn is not installed. Install it with: pip install 'gemini-clearing[mock]'") from None

    # Without WebSockets, an upgrade is an ordinary request, and their libraries are not imported.
    config = uvicorn.Config(
        app,
        http=_protocol_class(),
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        date_header=False,
        proxy_headers=False,
        use_colors=False,  # by default uvicorn asks stdout, which may be closed
    )
    server = type("Server", (OrderlyEnd, uvicorn.Server), {"grace_s": grace_s, "terminations": terminations})(config)
    return cast("uvicorn.Server", server)


def _protocol_class() -> Any:
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return "auto"

    class Protocol(ConnectionLimits, DirectResponses, HttpToolsProtocol):
        """
        uvicorn's protocol with the additions.

        The attributes and methods that these use are not documented by uvicorn. Written for uvicorn 0.54.0;
        `tests/mock/test_uvicorn.py` fails if one of them changes.
        """

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
            super().connection_made(cast("asyncio.Transport", BatchedTransport(transport, self.loop)))

    return Protocol
