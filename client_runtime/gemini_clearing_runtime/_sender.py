"""
Senders: sign a request, and pass it to the transport. They do what `httpx.Client.send` does for a call of this API.

An `httpx.Client` also keeps cookies, follows redirects, merges defaults and runs hooks for each request. This API needs
none of that, and it takes longer than to sign the request. Only public parts of httpx are used: the flow of an
`httpx.Auth`, and `handle_request` of a transport.
"""

import httpx

from .errors import NotSentError

__all__ = ["AsyncSender", "Sender"]


class Sender:
    """Sends requests with blocking calls. Threads may share it."""

    def __init__(self, auth: httpx.Auth, transport: httpx.BaseTransport) -> None:
        self._auth = auth
        self._transport = transport
        self._is_closed = False

    def send(self, request: httpx.Request) -> httpx.Response:
        """
        Return the response to a signed request. Its body is not read yet, so close it.

        Raises:
            NotSentError: the sender is closed.
        """
        if self._is_closed:
            raise _closed()
        flow = self._auth.sync_auth_flow(request)
        try:
            signed = next(flow)
            while True:
                response = self._transport.handle_request(signed)
                try:
                    signed = flow.send(response)
                except StopIteration:
                    return response
                except BaseException:
                    response.close()
                    raise
                response.close()
        finally:
            flow.close()

    def close(self) -> None:
        """Close the transport, once."""
        if not self._is_closed:
            self._is_closed = True
            self._transport.close()


class AsyncSender:
    """Sends requests with awaitable calls."""

    def __init__(self, auth: httpx.Auth, transport: httpx.AsyncBaseTransport) -> None:
        self._auth = auth
        self._transport = transport
        self._is_closed = False

    async def send(self, request: httpx.Request) -> httpx.Response:
        """
        Return the response to a signed request. Its body is not read yet, so close it.

        Raises:
            NotSentError: the sender is closed.
        """
        if self._is_closed:
            raise _closed()
        flow = self._auth.async_auth_flow(request)
        try:
            signed = await anext(flow)
            while True:
                response = await self._transport.handle_async_request(signed)
                try:
                    signed = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                except BaseException:
                    await response.aclose()
                    raise
                await response.aclose()
        finally:
            await flow.aclose()

    async def close(self) -> None:
        """Close the transport, once."""
        if not self._is_closed:
            self._is_closed = True
            await self._transport.aclose()


def _closed() -> NotSentError:
    return NotSentError("the client is closed. Create a new one.")
