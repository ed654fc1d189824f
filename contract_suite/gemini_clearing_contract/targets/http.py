"""Any server over HTTP, as a black box; every failure of the connection is a `TargetError` with a plain message."""

import time
from collections.abc import Iterable
from decimal import Decimal
from typing import NoReturn, Self

import httpx

from ..errors import LineError, TargetError
from ..wire import AccessToken, Desk, MasterKey, WireRequest, WireResponse
from .connection import Certificates, address_of, open_connection
from .failures import reason_of
from .rate_limit import RateLimit, retry_after_s
from .time_limit import time_limit

__all__ = ["HttpTarget"]

# How often a request is sent if the server responds with 429, and the longest `Retry-After` that is followed.
ATTEMPTS, LONGEST_PAUSE_S = 3, 60
# Hundreds of times the size of the longest list.
LARGEST_RESPONSE = 64_000_000


class HttpTarget:
    """A server at an address."""

    tolerance_ms = 5_000
    slack_ms = 400

    def __init__(
        self,
        base_url: str,
        desks: Iterable[Desk],
        *,
        master_keys: Iterable[MasterKey] = (),
        tokens: Iterable[AccessToken] = (),
        timeout_s: float = 10,
        rate_limit: RateLimit | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self.name = base_url.rstrip("/")
        self.desks, self.master_keys, self.tokens = tuple(desks), tuple(master_keys), tuple(tokens)
        self._url = address_of(base_url)
        # Before the first response, an address without a server is not a line that breaks now and then.
        self._has_responded = False
        self._prefix = self._url.raw_path.rstrip(b"/")
        self._timeout_s = timeout_s
        self._rate_limit = rate_limit or RateLimit()
        self._connection = open_connection(self.name, timeout_s, certificates or Certificates())
        self._client = self._connection.client

    def send(self, request: WireRequest) -> WireResponse:
        """Send a request; after status 429 it was not executed, and is sent again unchanged."""
        for _ in range(ATTEMPTS):
            self._rate_limit.wait()
            response = self._exchange(request)
            if response.status != 429:
                return response
            pause_s = retry_after_s(response.headers.get("retry-after"))
            if pause_s > LONGEST_PAUSE_S:
                raise TargetError(f"{self.name} returned 429 with a delay of {pause_s:.0f} s. Run again later.")
            self._rate_limit.pause(pause_s)
        message = f"{self.name} returned 429 to {request.method} {request.path}, {ATTEMPTS} times in a row."
        raise TargetError(f"{message} Set the requests per second with --rate.")

    def _exchange(self, request: WireRequest) -> WireResponse:
        url = self._url.copy_with(raw_path=self._prefix + request.path.encode())
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in request.headers]
        try:
            with (
                # httpx's timeouts start again with each byte that is received.
                time_limit(2 * self._timeout_s),
                self._client.stream(request.method, url, headers=headers, content=request.body) as response,
            ):
                body = self._read(response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            self._fail(request, error)
        self._has_responded = True
        names = {name.lower(): value for name, value in response.headers.items()}
        return WireResponse(response.status_code, names, body)

    def _fail(self, request: WireRequest, error: Exception) -> NoReturn:
        called, proxy = f"{request.method} {request.path}", self._connection.proxy_variable
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            message = f"{self.name} did not respond to {called} within {self._timeout_s:g} s. Set a longer --timeout."
        else:
            message = reason_of(error, self.name, called, proxy=proxy, is_first=not self._has_responded)
        kind = LineError if self._has_responded and not isinstance(error, httpx.ProxyError) else TargetError
        raise kind(message) from error

    def _read(self, response: httpx.Response) -> bytes:
        body = bytearray()
        try:
            for part in response.iter_bytes():
                body += part
                if len(body) > LARGEST_RESPONSE:
                    message = f"{self.name} returned more than {LARGEST_RESPONSE:,} bytes."
                    raise TargetError(f"{message} Check that it is a server of this API.")
        except httpx.DecodingError as error:
            # A complete response with a wrong body: the oracle reports this text as its content.
            return f"(not in the content encoding {response.headers['content-encoding']}: {error})".encode()
        return bytes(body)

    def now_ms(self) -> Decimal:
        """Return this machine's time."""
        return Decimal(time.time_ns() // 1_000_000)

    def wait_ms(self, duration_ms: int) -> None:
        """Sleep."""
        time.sleep(duration_ms / 1000)

    def fresh(self) -> Self:
        """Return the same target: a server cannot be reset."""
        return self

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
