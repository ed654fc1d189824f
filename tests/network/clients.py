"""Clients of either kind for a server on this machine."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.network.servers import Server
from tests.unit.client_runtime.scripted import AsyncDemoClient, DemoClient

__all__ = ["client_of"]

_keys = itertools.count()


@contextmanager
def client_of(
    kind: str, where: Server | str, **options: Any
) -> Iterator[tuple[Any, Callable[[Callable[[], Any]], Any]]]:
    """Make a client of a kind for a server, or for a URL; `do` runs what the client returns."""
    base_url = where if isinstance(where, str) else f"http://127.0.0.1:{where.port}"
    options = {"api_key": f"account-network-{next(_keys)}", "api_secret": "demo", "base_url": base_url, **options}
    if kind == "sync":
        with DemoClient(**options) as blocking:
            yield blocking, lambda result: result()
        return
    with asyncio.Runner() as runner:
        client = AsyncDemoClient(**options)

        async def wait(result):
            return await result()

        yield client, lambda result: runner.run(wait(result))
        runner.run(client.aclose())
