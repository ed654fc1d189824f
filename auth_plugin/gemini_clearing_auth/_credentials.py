"""
Credentials of a caller: an API key with its secret, or an OAuth access token.

They are validated at construction, so malformed secrets fail there instead of as InvalidSignature.
"""

import os
import re
from typing import Self

from ._secrets import KEY_PREFIXES, NeverPickled, Secret, masked
from ._signature import sign
from .errors import CredentialsError

__all__ = ["Credentials", "OAuthToken"]

# The variables of the environment, in the order of the arguments.
VARIABLES = ("GEMINI_API_KEY", "GEMINI_API_SECRET")
QUOTES = "\"'`"


class Credentials(NeverPickled):
    """
    An API key and its secret, as the exchange displays them when the key is made.

    The secret is used unchanged: its characters as bytes, not decoded.
    It never appears in `repr`, `vars`, logs or tracebacks; pickling raises, and a copy is the same object.
    A key without the prefix `account-` or `master-` is accepted: whether a key exists is known only to the exchange.
    A *secret* with that prefix is rejected: key and secret were exchanged, and the secret would be sent as the key.

    Raises:
        CredentialsError: either is not a `str`, is empty, is in quotes, contains white space or anything else but
            visible ASCII characters, or the secret is a key.
    """

    __slots__ = ("_api_key", "_secret")

    _api_key: str
    _secret: Secret

    # Not `__init__`: with invalid arguments, a traceback contains no partly built object.
    def __new__(cls, api_key: str, api_secret: str) -> Self:
        problem = _problem(api_key, "API key") or _problem(api_secret, "API secret")
        if problem is None and (api_secret == api_key or api_secret.lower().startswith(KEY_PREFIXES)):
            problem = "the API secret is an API key. Check whether key and secret were exchanged, or one pasted twice."
        if problem:
            # A traceback with local variables shows this frame; either argument may be the secret.
            del api_key, api_secret
            raise CredentialsError(problem)
        self = super().__new__(cls)
        self._api_key = api_key
        self._secret = Secret(api_secret.encode("ascii"))
        return self

    @classmethod
    def from_env(cls) -> Self:
        """
        Return the credentials in `GEMINI_API_KEY` and `GEMINI_API_SECRET`.

        Raises:
            CredentialsError: a variable is not set (the message names each missing one), or its value is malformed.
        """
        missing = [name for name in VARIABLES if name not in os.environ]
        if missing:
            raise CredentialsError(
                f"environment variable not set: {' and '.join(missing)}. "
                "Set it to the value from the exchange, or pass key and secret as arguments."
            )
        try:
            return cls(*(os.environ[name] for name in VARIABLES))
        except CredentialsError as error:
            raise CredentialsError(f"{error} The values come from {' and '.join(VARIABLES)}.") from None

    @property
    def api_key(self) -> str:
        """The value of `X-GEMINI-APIKEY`."""
        return self._api_key

    def sign(self, payload: bytes) -> str:
        """Return the value of `X-GEMINI-SIGNATURE` for a payload in base64."""
        return sign(payload, self._secret.reveal())

    def __repr__(self) -> str:
        return f"Credentials(api_key={masked(self._api_key)!r}, api_secret=<secret>)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        return self._api_key == other._api_key and self._secret == other._secret

    def __hash__(self) -> int:
        return hash(self._api_key)


class OAuthToken(NeverPickled):
    """
    An OAuth access token, without the word `Bearer`.

    It is hidden in the same way as a secret.

    Raises:
        CredentialsError: it is not a `str`, is empty, is in quotes, begins with `Bearer`, or contains white space or
            anything else but visible ASCII characters.
    """

    __slots__ = ("_secret",)

    _secret: Secret

    def __new__(cls, token: str) -> Self:
        problem = _problem(token, "OAuth token")
        if isinstance(token, str) and re.match(r"\s*bearer\s", token, flags=re.IGNORECASE):
            problem = "the OAuth token begins with 'Bearer'. Pass only the token."
        if problem:
            del token
            raise CredentialsError(problem)
        self = super().__new__(cls)
        self._secret = Secret(token.encode("ascii"))
        return self

    def bearer(self) -> bytes:
        """Return the value of the header `Authorization`."""
        return b"Bearer " + self._secret.reveal()

    def __repr__(self) -> str:
        return "OAuthToken(<secret>)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OAuthToken):
            return NotImplemented
        return self._secret == other._secret

    # There is no `__hash__`, so Python makes the class unhashable: a hash of a secret helps to guess it.


def _problem(value: object, what: str) -> str | None:
    """Return why a value cannot be a credential, without showing the value; None when it can be."""
    if not isinstance(value, str):
        advice = " Decode it first." if isinstance(value, bytes | bytearray) else ""
        return f"the {what} must be a str, not {type(value).__name__}.{advice}"
    if not value.strip():
        return f"the {what} is {'blank' if value else 'empty'}."
    if value != value.strip():
        return f"the {what} begins or ends with white space or a line break. Strip it."
    if value[0] in QUOTES or value[-1] in QUOTES:
        return (
            f"the {what} begins or ends with a quotation mark. Remove the quotation marks: "
            "`docker --env-file` and similar tools pass them on as part of the value."
        )
    if at := next((at for at, char in enumerate(value, 1) if char.isspace()), 0):
        return f"the {what} contains white space or a line break: character {at}. Copy it again, as one word."
    if at := next((at for at, char in enumerate(value, 1) if not "!" <= char <= "~"), 0):
        return f"the {what} contains a character that is not visible ASCII: character {at}. Copy it again."
    return None
