"""
Values that never show: neither in a repr, a log, a traceback with its locals, nor in a pickle.

What a credential must look like is decided in `_credentials`; this module only keeps it out of sight.
"""

import hmac
from typing import NoReturn, Self

from gemini_clearing_auth.errors import CredentialsError

__all__ = ["KEY_KINDS", "NeverPickled", "Secret", "masked"]

# https://docs.gemini.com/authentication/api-key: a key begins with the kind of what it opens.
KEY_KINDS = ("account-", "master-")


class NeverPickled:
    """A base for what holds a secret: a copy is the object itself, and a pickle is refused."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise CredentialsError(
            f"{type(self).__name__} cannot be pickled: the secret would leave this process. "
            "Build it anew where it is used, for example with Credentials.from_env()."
        )


class Secret(NeverPickled):
    """Bytes that only `reveal` shows."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """
        The bytes themselves.

        Pass the call on as an argument: in a variable, the value would show in a traceback with locals.
        """
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]  # a hash of a secret is a hint at it


def masked(api_key: str) -> str:
    """
    An API key, short enough to log and long enough to tell which one it is: `account-…7Qx2`.

    A key is no secret, as it travels in a header; yet with it, half of what a thief needs is known.
    """
    kind = next((kind for kind in KEY_KINDS if api_key.startswith(kind)), "")
    rest = api_key.removeprefix(kind)
    return f"{kind}…{rest[-4:] if len(rest) >= 12 else ''}"
