"""
`GeminiAuth`: signs with an API key, for sync and async clients of httpx and httpx2.

This module contains only the order of the steps: check, acquire the key's lock, draw a nonce, sign, send, release.
`_key_lock` is the lock of the key in this process, `_leases` the one among processes.
"""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx

from ._credentials import Credentials
from ._deadline import Deadline
from ._httpx2 import ParsedUrl, SignerBase
from ._key_lock import TaskWaiter, ThreadWaiter
from ._key_state import key_state_of
from ._leases import Lease, LocalLease, SharedNonces
from ._nonces import NonceSource
from ._origin import Origin, base_url_problem
from ._rate_limit import SLOT_WAIT_EXTENSION, rate_limit_of
from ._secrets import NeverPickled, masked, shown
from ._signed import SignedPayload, parameters_of, signed_request
from .errors import CredentialsError, NonceError, UnsignableRequestError

__all__ = ["GeminiAuth"]


class GeminiAuth(NeverPickled, SignerBase):
    """
    Turns a POST of a JSON object into a private call: payload and signature in headers, an empty body.

    It is an `httpx.Auth` and, in a program that imports httpx2, an `httpx2.Auth`.
    For an endpoint that requires the JSON as the body too, set `request.extensions[REPEAT_BODY_EXTENSION]` to True.
    In this process, one call per key is in flight at a time, from threads and asyncio tasks of all clients, so
    that nonces arrive in the order they are drawn. A call waits for the others at most for its pool timeout.
    Calls whose nonce source is not ordered (`TimeBasedNonces`) do not wait.
    With `FileNonces` or `RedisNonces` the same holds across processes and machines.
    A request that is sent again is signed again, with a new nonce.
    Leave redirects off, as they are by default: the client would send the signed headers to the new location.

    Args:
        credentials: the key and its secret.
        base_url: the exchange. Requests to any other origin are not signed. https, or http on this machine.
        nonces: the nonce source; by default the key's own `IncrementalNonces`, shared by its clients.

    Raises:
        CredentialsError: `credentials` is not a `Credentials` object.
        UnsignableRequestError: from the constructor, for the base URL; from a call, for the request.
        NonceError: from the constructor, for `nonces`; from a call, when the nonce source fails.
        DeadlineError: from a call, when other calls hold the key until the deadline.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: ParsedUrl | str,
        nonces: NonceSource | None = None,
    ) -> None:
        if not isinstance(credentials, Credentials):
            kind = type(credentials).__name__
            del credentials
            raise CredentialsError(f"credentials must be Credentials(api_key, api_secret), not {kind}.")
        if problem := base_url_problem(base_url):
            del base_url
            raise UnsignableRequestError(problem)
        if nonces is not None and not hasattr(nonces, "next"):
            raise NonceError(f"invalid nonces: {shown(nonces)}. Pass a nonce source, such as FileNonces.")
        state = key_state_of(credentials.api_key)
        self._credentials = credentials
        self._origin = Origin(base_url)
        self._lock = state.lock
        self._nonces: NonceSource = state.nonces if nonces is None else nonces
        self._ordered: bool = getattr(self._nonces, "ordered", True)

    def __repr__(self) -> str:
        # `repr` must work on partly built signers: tools that print tracebacks with local variables call it.
        credentials, origin = getattr(self, "_credentials", None), getattr(self, "_origin", None)
        return f"GeminiAuth({credentials!r}, base_url={str(origin)!r})"

    def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Do the same as `sync_auth_flow`."""
        return self.sync_auth_flow(request)

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Sign one request, and hold the key's lock until its response begins or sending fails."""
        request.read()
        endpoint, parameters = self._origin.endpoint(request), parameters_of(request)
        deadline = Deadline(_pool_timeout_s(request))
        waiter, lease = ThreadWaiter(), self._lease(request)
        try:
            if self._ordered:
                self._lock.acquire(waiter, deadline.timeout_s)
            yield self._sign(request, endpoint, parameters, nonce=lease.draw(deadline))
        finally:
            lease.release()
            self._lock.release(waiter)

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Sign one request, and hold the key's lock until its response begins or sending fails."""
        await request.aread()
        endpoint, parameters = self._origin.endpoint(request), parameters_of(request)
        deadline = Deadline(_pool_timeout_s(request))
        waiter, lease = TaskWaiter(), self._lease(request)
        try:
            if self._ordered:
                await self._lock.acquire_async(waiter, deadline.timeout_s)
            yield self._sign(request, endpoint, parameters, nonce=await lease.draw_async(deadline))
        finally:
            lease.release()
            self._lock.release(waiter)

    def preview(self, request: httpx.Request) -> httpx.Request:
        """
        Return a request as it would be sent, with nonce 0, a shortened key, and a placeholder for the signature.

        No nonce is drawn, and the key's lock is not acquired.
        """
        signed = SignedPayload.of(parameters_of(request), request=self._origin.endpoint(request), nonce=0)
        identity = [
            (b"X-GEMINI-APIKEY", masked(self._credentials.api_key).encode()),
            (b"X-GEMINI-SIGNATURE", b"<signature>"),
        ]
        return signed_request(request, signed, identity)

    def _lease(self, request: Any) -> Lease:
        if isinstance(self._nonces, SharedNonces):
            lease = self._nonces.lease(self._credentials.api_key, rate_limit_of(request.extensions))
            lease.on_slot_wait = request.extensions.get(SLOT_WAIT_EXTENSION)
            return lease
        return LocalLease(self._nonces)

    def _sign(self, request: httpx.Request, endpoint: str, parameters: bytes, *, nonce: int | str) -> httpx.Request:
        signed = SignedPayload.of(parameters, request=endpoint, nonce=nonce)
        identity = [
            (b"X-GEMINI-APIKEY", self._credentials.api_key.encode("ascii")),
            (b"X-GEMINI-SIGNATURE", self._credentials.sign(signed.payload).encode("ascii")),
        ]
        return signed_request(request, signed, identity)


def _pool_timeout_s(request: httpx.Request) -> float | None:
    """Return how long a call may wait for the key's lock; None is without limit."""
    timeout: dict[str, float | None] = request.extensions.get("timeout", {})
    return timeout.get("pool")
