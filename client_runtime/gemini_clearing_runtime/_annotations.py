"""The annotations of models: optional fields, and the classes of the items of lists."""

from types import NoneType
from typing import Any, get_args, get_origin

__all__ = ["item_class", "unwrap"]


def unwrap(hint: Any) -> tuple[Any, bool]:
    """Split `X | None` into `X` and True, and `X` into `X` and False."""
    if NoneType in get_args(hint):
        (required,) = (part for part in get_args(hint) if part is not NoneType)
        return required, True
    return hint, False


def item_class(hint: Any) -> Any:
    """Return the class of a list's items; None if the type is not a list."""
    required, _ = unwrap(hint)
    return get_args(required)[0] if get_origin(required) is list else None
