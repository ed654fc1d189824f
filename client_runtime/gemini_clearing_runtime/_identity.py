"""
The identity of a client: key and secret, or a token, taken out of its options before a traceback can show it.

The auth plugin validates the values themselves.
"""

import hashlib
from typing import Any

from gemini_clearing_auth import Credentials, OAuthToken
from gemini_clearing_auth.errors import CredentialsError

__all__ = ["IDENTITIES", "Options", "fingerprint_of", "take_identity"]

IDENTITIES = ("api_key", "api_secret", "auth", "credentials")


class Options(dict[str, Any]):
    """The options that were given to a client, by name. Tracebacks with local variables show the names only."""

    def __repr__(self) -> str:
        return f"<options: {', '.join(self)}>"


def take_identity(options: Options) -> Credentials | OAuthToken:
    """Remove key, secret and token from the options, so that the traceback of a later error does not show them."""
    given = [name for name in IDENTITIES if options.get(name) is not None]
    if given == ["credentials"] and isinstance(options["credentials"], Credentials):
        credentials: Credentials = options.pop("credentials")
        return credentials
    if given == ["credentials"]:
        kind = type(options.pop("credentials")).__name__
        raise CredentialsError(f"credentials must be Credentials(api_key, api_secret), not {kind}.")
    if given == ["auth"] and isinstance(options["auth"], OAuthToken):
        made: OAuthToken = options.pop("auth")
        return made
    if given == ["auth"]:
        return OAuthToken(options.pop("auth"))
    if given == ["api_key", "api_secret"]:
        return Credentials(options.pop("api_key"), options.pop("api_secret"))
    options.pop("api_secret", None)
    options.pop("auth", None)
    if len(given) > 1:
        raise CredentialsError(
            f"{', '.join(given)} are given together. Pass one identity: api_key and api_secret, credentials, or auth."
        )
    missing = " and ".join(name for name in ("api_key", "api_secret") if name not in given)
    raise CredentialsError(f"missing {missing}. Pass api_key and api_secret, credentials, or an OAuth token as auth.")


def fingerprint_of(identity: Credentials | OAuthToken) -> str:
    text = identity.bearer() if isinstance(identity, OAuthToken) else identity.api_key.encode()
    return hashlib.sha256(text).hexdigest()
