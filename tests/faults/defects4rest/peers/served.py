"""A mock with a defect, served over HTTP in the logical view, in a process for itself."""

import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count

from tests.faults.defects4rest.catalog import DEFECTS
from tests.faults.defects4rest.peers.logical_view import EXAMPLE_IDS, adapter, place_orders
from tests.faults.defects4rest.ported import fault_of
from tests.faults.world import World

__all__ = ["served_mock"]


@contextmanager
def served_mock(defect: str | None) -> Iterator[str]:
    """Serve the mock with a defect, or the unchanged mock, and return its base URL."""
    # The process listens before the server starts, so a tool that connects early waits.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(defect, listener), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.kill()
            process.join()


def _serve(defect: str | None, listener: socket.socket) -> None:
    world = World()
    if defect is not None:
        fault_of(next(row for row in DEFECTS if row[0] == defect)).plant(world)
    world.enter()
    # Imported after the defect is planted.
    import uvicorn

    from gemini_clearing_mock import Exchange
    from gemini_clearing_mock.http._asgi import AsgiApp

    exchange = Exchange(ids=chain(EXAMPLE_IDS, (f"{number:08X}" for number in count(0xA0000001))))
    place_orders(exchange)
    uvicorn.Server(uvicorn.Config(AsgiApp(adapter(exchange)), log_level="critical")).run(sockets=[listener])
