"""
`GeminiAuth`: signs with an API key, for httpx clients of either kind.

Only the order of things lives here: check, wait for the turn, draw a nonce, sign, send, pass the turn on.
"""

from collections.abc import AsyncGenerator, Generator

import httpx

from gemini_clearing_auth._credentials import Credentials
from gemini_clearing_auth._nonces import NonceSource
from gemini_clearing_auth._origin import Origin
from gemini_clearing_auth._payload import check_nonce
from gemini_clearing_auth._secrets import NeverPickled
from gemini_clearing_auth._sessions import session_of
from gemini_clearing_auth._signed import SignedPayload, parameters_of, put_on_wire
from gemini_clearing_auth._turns import TaskTurn, ThreadTurn
from gemini_clearing_auth.errors import CredentialsError, NonceError

__all__ = ["GeminiAuth"]


class GeminiAuth(NeverPickled, httpx.Auth):
    """
    Turns a POST of a JSON object into a private call: payload and signature in headers, an empty body.

    All clients with the same key take turns in this process, threads and asyncio tasks alike,
    so that nonces arrive in the order they are drawn; a call waits as long as its pool timeout allows.
    A request that is sent again is signed again, with a new nonce.
    Leave redirects off, as httpx does: it would take the signed headers along to wherever it is sent.

    Args:
        credentials: the key and its secret.
        base_url: the exchange; requests to any other origin are refused. https, or http on this machine.
        nonces: where nonces come from; by default the key's own `IncrementalNonces`, shared by its clients.

    Raises:
        CredentialsError: `credentials` are not `Credentials`.
        UnsignableRequestError: from the constructor, for the base URL; from a call, for the request.
        NonceError: from a call, when the source fails.
        DeadlineError: from a call, when the key's turn does not come in time.
    """

    requires_request_body = True

    def __init__(
        self, credentials: Credentials, *, base_url: httpx.URL | str, nonces: NonceSource | None = None
    ) -> None:
        if not isinstance(credentials, Credentials):
            kind = type(credentials).__name__
            del credentials
            raise CredentialsError(f"GeminiAuth takes Credentials(api_key, api_secret), not {kind}.")
        session = session_of(credentials.api_key)
        self._credentials = credentials
        self._origin = Origin(base_url)
        self._turns = session.turns
        self._nonces: NonceSource = session.nonces if nonces is None else nonces

    def __repr__(self) -> str:
        # Also asked of a half-built one, by what prints the traceback of a refused base URL.
        credentials, origin = getattr(self, "_credentials", None), getattr(self, "_origin", None)
        return f"GeminiAuth({credentials!r}, base_url={str(origin)!r})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The same as `sync_auth_flow`."""
        return self.sync_auth_flow(request)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign one request, and keep the key's turn until its answer begins, or it failed."""
        request.read()
        endpoint, parameters = self._origin.endpoint(request), parameters_of(request)
        turn = ThreadTurn()
        try:
            self._turns.wait(turn, _pool_timeout_s(request))
            self._sign(request, endpoint, parameters)
            yield request
        finally:
            self._turns.leave(turn)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign one request, and keep the key's turn until its answer begins, or it failed."""
        await request.aread()
        endpoint, parameters = self._origin.endpoint(request), parameters_of(request)
        turn = TaskTurn()
        try:
            await self._turns.wait_async(turn, _pool_timeout_s(request))
            self._sign(request, endpoint, parameters)
            yield request
        finally:
            self._turns.leave(turn)

    def _sign(self, request: httpx.Request, endpoint: str, parameters: bytes) -> None:
        signed = SignedPayload.of(parameters, request=endpoint, nonce=self._draw())
        identity = [
            (b"X-GEMINI-APIKEY", self._credentials.api_key.encode("ascii")),
            (b"X-GEMINI-SIGNATURE", self._credentials.sign(signed.payload).encode("ascii")),
        ]
        put_on_wire(request, signed, identity)

    def _draw(self) -> int | str:
        try:
            nonce = self._nonces.next()
        except NonceError:
            raise
        except Exception as error:
            raise NonceError(f"The nonce source failed: {error!r}. Nothing was sent.") from error
        check_nonce(nonce)
        return nonce


def _pool_timeout_s(request: httpx.Request) -> float | None:
    """How long a call may wait for its turn; None is for ever."""
    timeout: dict[str, float | None] = request.extensions.get("timeout", {})
    return timeout.get("pool")
