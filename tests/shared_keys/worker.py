"""
One of many processes that use a key.

Settings: `source` (a path or a redis:// URL), `mode`, `key`, `secret`, `base_url`, `calls`, `callers` (threads or
tasks), `use_asyncio`, `journal` (a file).
Each call appends a line when its nonce was drawn, `drawn NONCE`, and one when it has ended, `ended NONCE RESULT`.
"""

import asyncio
import os
import threading
from typing import Any

import httpx

from gemini_clearing_auth import SIGNED_EXTENSION, Credentials, FileNonces, GeminiAuth, RedisNonces

TIMEOUT_S = 120


class Journal:
    """A file to which several processes append lines."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def add(self, *words: object) -> None:
        """Append one line, in one write, so that a kill leaves no half line."""
        os.write(self._fd, (" ".join(map(str, words)) + "\n").encode())


class Recorder(httpx.HTTPTransport):
    """A transport that records the nonce before the request is sent."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Record, and send."""
        self._journal.add("drawn", request.extensions[SIGNED_EXTENSION].nonce)
        return super().handle_request(request)


class AsyncRecorder(httpx.AsyncHTTPTransport):
    """A transport that records the nonce before the request is sent."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Record, and send."""
        self._journal.add("drawn", request.extensions[SIGNED_EXTENSION].nonce)
        return await super().handle_async_request(request)


def result_of(response: httpx.Response) -> str:
    """Return `ok`, or the reason of a rejection."""
    return "ok" if response.status_code == 200 else str(response.json().get("reason"))


def run_threads(settings: dict[str, Any], auth: GeminiAuth, journal: Journal) -> None:
    """Make the calls from threads, which share one client."""
    calls = iter(range(settings["calls"]))
    next_call = threading.Lock()

    def work(client: httpx.Client) -> None:
        while True:
            with next_call:
                if next(calls, None) is None:
                    return
            response = client.post("/v1/clearing/list", content=b"{}")
            journal.add("ended", response.request.extensions[SIGNED_EXTENSION].nonce, result_of(response))

    transport = Recorder(journal)
    with httpx.Client(base_url=settings["base_url"], auth=auth, transport=transport, timeout=TIMEOUT_S) as client:
        threads = [threading.Thread(target=work, args=(client,)) for _ in range(settings["callers"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


async def run_tasks(settings: dict[str, Any], auth: GeminiAuth, journal: Journal) -> None:
    """Make the calls from tasks, which share one client."""
    calls = iter(range(settings["calls"]))

    async def work(client: httpx.AsyncClient) -> None:
        for _ in calls:
            response = await client.post("/v1/clearing/list", content=b"{}")
            journal.add("ended", response.request.extensions[SIGNED_EXTENSION].nonce, result_of(response))

    transport = AsyncRecorder(journal)
    async with httpx.AsyncClient(
        base_url=settings["base_url"], auth=auth, transport=transport, timeout=TIMEOUT_S
    ) as client:
        await asyncio.gather(*(work(client) for _ in range(settings["callers"])))


def work(settings: dict[str, Any]) -> None:
    """Make the calls of the settings."""
    source = RedisNonces if settings["source"].startswith("redis://") else FileNonces
    auth = GeminiAuth(
        Credentials(settings["key"], settings["secret"]),
        base_url=settings["base_url"],
        nonces=source(settings["source"], mode=settings["mode"]),
    )
    journal = Journal(settings["journal"])
    if settings["use_asyncio"]:
        asyncio.run(run_tasks(settings, auth, journal))
    else:
        run_threads(settings, auth, journal)
