"""
httpx2 in addition to httpx: the base class of the signers, and the library of a request or URL.

httpx2 is a fork of httpx: its classes have the same methods, but are not derived from those of httpx. It is never
imported here; a program that calls with it has imported it.
"""

import sys
from collections.abc import AsyncGenerator, Generator
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import httpx

__all__ = ["ParsedUrl", "SignerBase", "library_of"]


@runtime_checkable
class ParsedUrl(Protocol):
    """A URL object: `httpx.URL` or `httpx2.URL`."""

    @property
    def raw_path(self) -> bytes:
        """The path and the query string."""
        ...


if TYPE_CHECKING:
    import httpx2

    class _Auth(httpx.Auth, httpx2.Auth):
        """An auth of both libraries. Each has its own types of requests, so no common static type exists."""

        def auth_flow(self, request: Any) -> Generator[Any, Any, None]: ...
        def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]: ...
        def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]: ...

else:
    _Auth = httpx.Auth


class SignerBase(_Auth):
    """
    Base class of the signers: an `httpx.Auth`, and an `httpx2.Auth` as soon as httpx2 is imported.

    A client of httpx2 accepts only instances of `httpx2.Auth`. `isinstance` compares the type of an object and then its
    `__class__`, so the latter is a class with both bases. The order of the imports does not matter.
    """

    requires_request_body = True

    if not TYPE_CHECKING:  # typeshed declares `__class__` as the type itself

        @property
        def __class__(self) -> type:
            """The type of the signer; with httpx2, a class that is derived from it and from `httpx2.Auth`."""
            library = sys.modules.get("httpx2")
            other = getattr(library, "Auth", None)  # None while httpx2 is being imported
            return type(self) if other is None or other is httpx.Auth else _with_base(type(self), other)


def library_of(request: httpx.Request) -> Any:
    """Return the library that has the class of a request: httpx or httpx2."""
    return httpx if isinstance(request, httpx.Request) else sys.modules["httpx2"]


@cache
def _with_base(cls: type, other: type) -> type:
    return type(cls.__name__, (cls, other), {"__module__": cls.__module__, "__doc__": cls.__doc__})
