"""
How a server ends, as an addition to uvicorn's server.

After the first signal it sends the responses that are ready, for a limited time; responses that are held back (by an
injected fault, or because half a request has arrived) are then broken off. The second signal of a kind ends that time.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ._signals import Terminations

__all__ = ["OrderlyEnd"]

_Server: Any = object


class OrderlyEnd(_Server):  # type: ignore[misc]  # the base is uvicorn's server, which is imported later
    """
    To be combined with `uvicorn.Server`, before it in the list of bases.

    `grace_s` limits the time; `terminations` has the SIGTERM signals before uvicorn handles signals itself.
    """

    grace_s: float
    terminations: Terminations
    _loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: Any = None) -> None:
        """Serve until a signal arrives."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets=sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals, earlier ones included."""
        with super().capture_signals():
            if self.terminations.count:
                self.should_exit = True
            yield

    async def shutdown(self, sockets: Any = None) -> None:
        """End: at the latest after `grace_s`."""
        timer = asyncio.get_running_loop().call_later(self.grace_s, self._break_off)
        try:
            await super().shutdown(sockets=sockets)
        finally:
            timer.cancel()

    def handle_exit(self, number: int, frame: FrameType | None) -> None:
        """Note a signal: the first one starts the end, the second one of its kind ends it."""
        if number in self._captured_signals and self._loop is not None:
            self._loop.call_soon_threadsafe(self._break_off)
        super().handle_exit(number, frame)

    def _break_off(self) -> None:
        self.force_exit = True
        for connection in list(self.server_state.connections):
            connection.transport.abort()
