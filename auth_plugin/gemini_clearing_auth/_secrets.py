"""
Values that never appear in a repr, a log, a traceback with local variables, a pickle, or the text of an error.

`_credentials` validates them; this module only hides them. A caller can pass a secret as any option, so every error
shows a wrong value with `shown` or its relatives. A text is shown if it is short, or consists of ordinary words,
numbers or times. A container, and any other object, is shown by its type.
"""

import datetime
import enum
import hmac
import os
import re
import types
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import NoReturn, Self, TypeGuard
from weakref import WeakValueDictionary

from .errors import CredentialsError

__all__ = [
    "KEY_PREFIXES", "NeverPickled", "Secret", "is_path", "masked", "repeats_secret", "shown", "shown_bare",
    "shown_names", "shown_path", "typed",
]  # fmt: skip

# https://docs.gemini.com/authentication/api-key: the prefix of a key says what the key gives access to.
KEY_PREFIXES = ("account-", "master-")
# The secrets and tokens of the exchange are longer, and mix letters and digits. They have no `@`, passwords in URLs do.
_SHORT = 15
_LONGEST = 60
_LONGEST_NUMBER = 32
_MAX_BITS = 64
# Not compiled at import: only an error needs them.
_SEPARATORS = r"[ ._:,/\\-]+"
_WORD = r"[A-Z]?[a-z]{0,20}[0-9]{0,4}|[A-Z]{1,15}[0-9]{0,4}|[0-9]{1,8}"
_NUMBER_OR_TIME = r"[0-9TZ:+., -]{1,32}"
_TIMES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


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

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: bytes) -> None:
        self._value = value
        _used[id(self)] = self

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


def repeats_secret(text: str) -> bool:
    """Return whether a text contains a secret or token of this process or its environment, in either case."""
    given = text.lower()
    own = [used.reveal().decode("ascii") for used in list(_used.values())]
    own += [os.environ[name] for name in _VARIABLES if os.environ.get(name)]
    return any(len(one) >= _SHORTEST and one.lower() in given for one in own)


def masked(api_key: str) -> str:
    """
    Return an API key in the form that is logged: `account-…7Qx2`.

    A key is sent in a header and is not a secret, but avoid logging API keys in full.
    """
    prefix = next((prefix for prefix in KEY_PREFIXES if api_key.startswith(prefix)), "")
    rest = api_key.removeprefix(prefix)
    return f"{prefix}…{rest[-4:] if len(rest) >= 12 else ''}"


def shown(value: object) -> str:
    """Return a value for the text of an error: itself, or its length or type if it may be or contain a secret."""
    text = _plain(value)
    return _described(value) if text is None else text


def typed(value: object) -> str:
    """Return the same, with the type of a value that is shown."""
    text = _plain(value)
    return _described(value) if text is None else f"{type(value).__name__} {text}"


def _plain(value: object) -> str | None:
    """Return the text of a value that does not look like a secret; None for all others."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, str):
        return repr(str.__str__(value)) if _may_be_shown(value) else None
    if isinstance(value, int):
        return int.__repr__(value) if value.bit_length() <= _MAX_BITS else None
    if isinstance(value, float | Decimal):
        text = float.__repr__(value) if isinstance(value, float) else Decimal.__str__(value)
        return text if len(text) <= _LONGEST_NUMBER else None
    return str(value) if type(value) in _TIMES else None


def _described(value: object) -> str:
    """Return what a value is that may be or contain a secret."""
    if isinstance(value, str):
        return _hidden(value)
    if isinstance(value, int):
        return f"int of {value.bit_length()} bits"
    if isinstance(value, Decimal):
        return f"Decimal of {len(Decimal.__str__(value))} characters"
    return f"the function {value.__name__}" if isinstance(value, _FUNCTIONS) else type(value).__name__


def shown_bare(value: object) -> str:
    """Return the same, without quotation marks."""
    if isinstance(value, str) and value.isprintable() and _may_be_shown(value):
        return str.__str__(value)
    return shown(value)


def shown_names(names: Iterable[object]) -> str:
    """Return the names of options, keys or columns, without quotation marks where they are as expected."""
    return ", ".join(
        name if isinstance(name, str) and name.isidentifier() and _may_be_shown(name) else shown(name) for name in names
    )


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return the path of a file, or its length if it may be a secret. An existing folder is none."""
    text = str(path)
    if repeats_secret(text):
        return _hidden(text)
    folder, name = os.path.split(text)
    is_shown = _may_be_shown(text) or (folder != "" and _may_be_shown(name) and Path(folder).is_dir())
    if not is_shown:
        return _hidden(text)
    return text if text.isprintable() else repr(text)


def is_path(value: object) -> TypeGuard[str | os.PathLike[str]]:
    """Return whether a value can be the path of a file: no empty text, no URL, and no secret."""
    text = str(value) if isinstance(value, str | os.PathLike) else ""
    return text != "" and "://" not in text and not repeats_secret(text)


def _may_be_shown(text: str) -> bool:
    if "@" in text or len(text) > _LONGEST or repeats_secret(text):
        return False
    if len(text) <= _SHORT or re.fullmatch(_NUMBER_OR_TIME, text):
        return True
    return all(re.fullmatch(_WORD, word) for word in re.split(_SEPARATORS, text))


def _hidden(text: str) -> str:
    return "<secret>" if repeats_secret(text) else f"a text of {len(text)} characters"


_VARIABLES = ("GEMINI_API_SECRET", "GEMINI_OAUTH_TOKEN")
# A shorter one is none of the exchange, and can be a part of an ordinary text.
_SHORTEST = 12
_used: WeakValueDictionary[int, Secret] = WeakValueDictionary()
