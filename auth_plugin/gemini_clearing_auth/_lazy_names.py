"""Public names of a package that are imported when they are first used, for this package and those above it."""

# A program needs one client of the two, and often no journal and no file of nonces. Importing all of them costs more
# than httpx does (`python -m benchmarks import_cost`). https://peps.python.org/pep-0562/

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(
    package: str, homes: Mapping[str, Sequence[str]], *, submodules: Sequence[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """
    Return the `__getattr__` and the `__dir__` of a package.

    Args:
        package: its name.
        homes: for each module that defines public names, these names.
        submodules: modules of the package that are attributes of it before a program has imported them.
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    home_of |= dict.fromkeys(submodules, "")
    namespace = vars(sys.modules[package])

    def import_name(name: str) -> Any:
        if (home := home_of.get(name)) is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
        value = getattr(import_module(home, package), name) if home else import_module(f".{name}", package)
        return namespace.setdefault(name, value)

    def public_names() -> list[str]:
        return sorted({*namespace, *home_of})

    return import_name, public_names
