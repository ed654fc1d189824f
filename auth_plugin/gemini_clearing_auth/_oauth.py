"""
`GeminiOAuth`: calls with an OAuth access token, which need a payload but neither nonce nor signature.

Obtaining and renewing tokens is not done here.
"""

from collections.abc import Generator
from typing import Any

import httpx

from ._credentials import OAuthToken
from ._httpx2 import ParsedUrl, SignerBase
from ._origin import Origin, base_url_problem
from ._secrets import NeverPickled
from ._signed import SignedPayload, parameters_of, signed_request
from .errors import CredentialsError, UnsignableRequestError

__all__ = ["GeminiOAuth"]


class GeminiOAuth(NeverPickled, SignerBase):
    """
    Turns a POST of a JSON object into a private call: payload and bearer token in headers, an empty body.

    It is an `httpx.Auth` and, in a program that imports httpx2, an `httpx2.Auth`.
    For an endpoint that requires the JSON as the body too, set `request.extensions[REPEAT_BODY_EXTENSION]` to True.
    Such calls have no nonce and need no order, so they run at the same time.

    Args:
        token: the access token.
        base_url: the exchange. Requests to any other origin are not signed. https, or http on this machine.

    Raises:
        CredentialsError: `token` is not an `OAuthToken`.
        UnsignableRequestError: from the constructor, for the base URL; from a call, for the request.
    """

    def __init__(self, token: OAuthToken, *, base_url: ParsedUrl | str) -> None:
        if not isinstance(token, OAuthToken):
            kind = type(token).__name__
            del token
            raise CredentialsError(f"token must be an OAuthToken, not {kind}.")
        if problem := base_url_problem(base_url):
            del base_url
            raise UnsignableRequestError(problem)
        self._token = token
        self._origin = Origin(base_url)

    def __repr__(self) -> str:
        # `repr` must work on partly built signers: tools that print tracebacks with local variables call it.
        token, origin = getattr(self, "_token", None), getattr(self, "_origin", None)
        return f"GeminiOAuth({token!r}, base_url={str(origin)!r})"

    def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Sign one request."""
        yield signed_request(request, self._payload(request), [(b"Authorization", self._token.bearer())])

    def preview(self, request: httpx.Request) -> httpx.Request:
        """Return a request as it would be sent, with a placeholder for the token."""
        return signed_request(request, self._payload(request), [(b"Authorization", b"Bearer <token>")])

    def _payload(self, request: httpx.Request) -> SignedPayload:
        endpoint, parameters = self._origin.endpoint(request), parameters_of(request)
        return SignedPayload.of(parameters, request=endpoint, nonce=None)
