"""
`GeminiOAuth`: calls with an OAuth access token, which need a payload but neither nonce nor signature.

Obtaining and renewing tokens is not done here.
"""

from collections.abc import Generator

import httpx

from gemini_clearing_auth._credentials import OAuthToken
from gemini_clearing_auth._origin import Origin
from gemini_clearing_auth._secrets import NeverPickled
from gemini_clearing_auth._signed import SignedPayload, parameters_of, put_on_wire
from gemini_clearing_auth.errors import CredentialsError

__all__ = ["GeminiOAuth"]


class GeminiOAuth(NeverPickled, httpx.Auth):
    """
    Turns a POST of a JSON object into a private call: payload and bearer token in headers, an empty body.

    Without a nonce there is no order to keep, so calls do not wait for each other.

    Args:
        token: the access token.
        base_url: the exchange; requests to any other origin are refused. https, or http on this machine.

    Raises:
        CredentialsError: `token` is not an `OAuthToken`.
        UnsignableRequestError: from the constructor, for the base URL; from a call, for the request.
    """

    requires_request_body = True

    def __init__(self, token: OAuthToken, *, base_url: httpx.URL | str) -> None:
        if not isinstance(token, OAuthToken):
            kind = type(token).__name__
            del token
            raise CredentialsError(f"GeminiOAuth takes an OAuthToken, not {kind}.")
        self._token = token
        self._origin = Origin(base_url)

    def __repr__(self) -> str:
        # Also asked of a half-built one, by what prints the traceback of a refused base URL.
        token, origin = getattr(self, "_token", None), getattr(self, "_origin", None)
        return f"GeminiOAuth({token!r}, base_url={str(origin)!r})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put one request on the wire."""
        endpoint, parameters = self._origin.endpoint(request), parameters_of(request)
        signed = SignedPayload.of(parameters, request=endpoint, nonce=None)
        put_on_wire(request, signed, [(b"Authorization", self._token.bearer())])
        yield request
