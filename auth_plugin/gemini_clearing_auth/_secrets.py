"""
Values that never appear in a repr, a log, a traceback with local variables, or a pickle.

`_credentials` validates them; this module only hides them.
"""

import hmac
from typing import NoReturn, Self

from .errors import CredentialsError

__all__ = ["KEY_PREFIXES", "NeverPickled", "Secret", "masked"]

# https://docs.gemini.com/authentication/api-key: the prefix of a key says what the key gives access to.
KEY_PREFIXES = ("account-", "master-")


class NeverPickled:
    """Base class for objects that hold a secret: copying returns the object itself, pickling raises."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise CredentialsError(
            f"{type(self).__name__} cannot be pickled: the secret would leave this process. "
            "Create it where it is used, for example with Credentials.from_env()."
        )


class Secret(NeverPickled):
    """Bytes that only `reveal` returns."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """
        Return the bytes themselves.

        Pass the result on as an argument: a local variable appears in a traceback with local variables.
        """
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    # There is no `__hash__`, so Python makes the class unhashable: a hash of a secret helps to guess it.


def masked(api_key: str) -> str:
    """
    Return an API key in the form that is logged: `account-…7Qx2`.

    A key is sent in a header and is not a secret, but avoid logging API keys in full.
    """
    prefix = next((prefix for prefix in KEY_PREFIXES if api_key.startswith(prefix)), "")
    rest = api_key.removeprefix(prefix)
    return f"{prefix}…{rest[-4:] if len(rest) >= 12 else ''}"
