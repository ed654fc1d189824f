"""A pytest plugin that replaces httpx by httpx2: `make test-httpx2` runs the client's tests with it."""

import httpx2

httpx2.alias_httpx()
