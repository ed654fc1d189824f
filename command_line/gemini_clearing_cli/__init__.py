"""
The command `gemini-clearing`: orders, trades, explanations and the journal in a terminal. It needs the extra `[cli]`.

The options of its commands come from the generated operations, so they are those of the spec. `reconcile` and
`read_book` compare a desk's own book with the exchange, `verify` compares installed files; they need no extra.
"""

# As in `typing`, whose import would take most of the time of this one.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from ._book import ExpectedOrder, read_book
    from ._reconcile import ActualOrders, Difference, DifferenceKind, fetch_orders, reconcile
    from .verification import Installation, Verification, VerificationError, find_installation, verify

__all__ = [
    "ActualOrders",
    "Difference",
    "DifferenceKind",
    "ExpectedOrder",
    "Installation",
    "Verification",
    "VerificationError",
    "fetch_orders",
    "find_installation",
    "read_book",
    "reconcile",
    "verify",
]

# Type checkers would accept every name in a module with `__getattr__`.
if not TYPE_CHECKING:
    _HOMES = {
        "._book": ("ExpectedOrder", "read_book"),
        "._reconcile": ("ActualOrders", "Difference", "DifferenceKind", "fetch_orders", "reconcile"),
        ".verification": ("Installation", "Verification", "VerificationError", "find_installation", "verify"),
    }

    def __getattr__(name: str) -> object:
        """Import a name when it is used first, without a helper of the client: `verify` runs if that is damaged."""
        from importlib import import_module

        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(home, __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
