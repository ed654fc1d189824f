"""
What a seeded fault is: a piece of the client's source, its replacement, and the rule of `checks` that is violated then.
"""

from dataclasses import dataclass

__all__ = ["ClientFault", "in_auth"]

_RUNTIME = "gemini_clearing_runtime"
_AUTH = "gemini_clearing_auth"


@dataclass(frozen=True, slots=True)
class ClientFault:
    """One deliberate error of the client."""

    name: str
    rule: str
    """The rule under which the simulation must report it."""
    old: str
    new: str
    package: str = _RUNTIME


def in_auth(name: str, rule: str, old: str, new: str) -> ClientFault:
    """Return a fault of the auth plugin."""
    return ClientFault(name, rule, old, new, _AUTH)
