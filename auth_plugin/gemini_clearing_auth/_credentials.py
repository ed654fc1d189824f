"""
What a caller proves to be: an API key with its secret, or an OAuth access token.

Checked when built, so that a bad paste is told at once and not as a refused signature.
"""

import os
from typing import Self

from gemini_clearing_auth._secrets import KEY_KINDS, NeverPickled, Secret, masked
from gemini_clearing_auth._signature import sign
from gemini_clearing_auth.errors import CredentialsError

__all__ = ["Credentials", "OAuthToken"]

KEY_VARIABLE = "GEMINI_API_KEY"
SECRET_VARIABLE = "GEMINI_API_SECRET"  # noqa: S105  (a name, not a secret)


class Credentials(NeverPickled):
    """
    An API key and its secret, as the exchange shows them when the key is made.

    The secret is used as given, its characters as bytes, not decoded.
    It shows nowhere: not in `repr`, `vars`, logs, tracebacks; a pickle is refused, a copy is the same object.
    A key without the prefix `account-` or `master-` is taken: whether it is known is the exchange's to say.
    A *secret* with that prefix is refused, because then the two were swapped and the real secret
    would travel in the clear, as the key.

    Raises:
        CredentialsError: either is not a `str`, is empty, or holds anything but visible ASCII characters.
    """

    __slots__ = ("_api_key", "_secret")

    _api_key: str
    _secret: Secret

    # Not `__init__`: of a bad pair no half-built object gets into the traceback.
    def __new__(cls, api_key: str, api_secret: str) -> Self:
        problem = _problem(api_key, "API key") or _problem(api_secret, "API secret")
        if problem is None and (api_secret == api_key or api_secret.startswith(KEY_KINDS)):
            problem = "The API secret is an API key. Were the two swapped, or one of them pasted twice?"
        if problem:
            # A traceback with locals shows this frame; either argument may be the secret.
            del api_key, api_secret
            raise CredentialsError(problem)
        self = super().__new__(cls)
        self._api_key = api_key
        self._secret = Secret(api_secret.encode("ascii"))
        return self

    @classmethod
    def from_env(cls) -> Self:
        """
        The credentials that `GEMINI_API_KEY` and `GEMINI_API_SECRET` hold.

        Raises:
            CredentialsError: a variable is not set (each missing one is named), or its value is malformed.
        """
        missing = [name for name in (KEY_VARIABLE, SECRET_VARIABLE) if name not in os.environ]
        if missing:
            raise CredentialsError(
                f"The environment does not hold {' and '.join(missing)}. "
                "Set them to the API key and the secret that the exchange gave, or pass both as arguments."
            )
        try:
            return cls(os.environ[KEY_VARIABLE], os.environ[SECRET_VARIABLE])
        except CredentialsError as error:
            raise CredentialsError(f"{error} Both come from {KEY_VARIABLE} and {SECRET_VARIABLE}.") from None

    @property
    def api_key(self) -> str:
        """The key that travels in `X-GEMINI-APIKEY`."""
        return self._api_key

    def sign(self, payload: bytes) -> str:
        """The value of `X-GEMINI-SIGNATURE` for a payload in base64."""
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

    Shows as little as a secret does.

    Raises:
        CredentialsError: it is not a `str`, is empty, or holds anything but visible ASCII characters.
    """

    __slots__ = ("_secret",)

    _secret: Secret

    def __new__(cls, token: str) -> Self:
        if problem := _problem(token, "OAuth token"):
            del token
            raise CredentialsError(problem)
        self = super().__new__(cls)
        self._secret = Secret(token.encode("ascii"))
        return self

    def bearer(self) -> bytes:
        """The value of the header `Authorization`."""
        return b"Bearer " + self._secret.reveal()

    def __repr__(self) -> str:
        return "OAuthToken(<secret>)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OAuthToken):
            return NotImplemented
        return self._secret == other._secret

    __hash__ = None  # type: ignore[assignment]  # a hash of a secret is a hint at it


def _problem(value: object, what: str) -> str | None:
    """What makes a value no credential, told without the value; None when nothing does."""
    if not isinstance(value, str):
        hint = ": decode it first" if isinstance(value, bytes | bytearray) else ""
        return f"The {what} must be a str, not {type(value).__name__}{hint}."
    if not value.strip():
        return f"The {what} is {'blank' if value else 'empty'}."
    if value != value.strip():
        return (
            f"The {what} has white space or a line break around it, "
            "as happens when it is copied or read from a file: strip it."
        )
    at = next((at for at, char in enumerate(value, 1) if not "!" <= char <= "~"), None)
    if at is not None:
        return f"Character {at} of the {what} is no visible ASCII character: copy the {what} anew."
    return None
