"""
One of several processes whose clients have a rate limit: `python -m tests.shared_keys.rate_worker SETTINGS`.

Settings as JSON: `source` (a path, or a redis:// URL for a time-based key), `key`, `secret`, `base_url`, `per_second`,
`calls`. A blocking client in a thread and an async client make as many calls each, and the process writes their nonces
to its output, in microseconds.
"""

import asyncio
import json
import sys
import threading
from typing import Any

from gemini_clearing import AsyncGeminiClearing, FileNonces, GeminiClearing, RedisNonces, RequestEvent


def main() -> None:
    """Make the calls of the settings."""
    settings = json.loads(sys.argv[1])
    source = settings["source"]
    nonces: list[int] = []

    def seen(event: RequestEvent) -> None:
        nonces.append(int(str(event.nonce).replace(".", "")))

    options: dict[str, Any] = {
        "api_key": settings["key"],
        "api_secret": settings["secret"],
        "base_url": settings["base_url"],
        "nonces": RedisNonces(source, mode="time-based") if source.startswith("redis://") else FileNonces(source),
        "rate_limit": settings["per_second"],
        "on_request": seen,
    }

    def block() -> None:
        with GeminiClearing(**options) as clearing:
            for _ in range(settings["calls"]):
                clearing.list_orders()

    async def run() -> None:
        async with AsyncGeminiClearing(**options) as clearing:
            for _ in range(settings["calls"]):
                await clearing.list_orders()

    thread = threading.Thread(target=block)
    thread.start()
    asyncio.run(run())
    thread.join()
    sys.stdout.write(json.dumps(nonces))


if __name__ == "__main__":
    main()
