"""
The import graph of the mock: no cycle, and at most seven modules on the longest chain.

All imports count, also those inside a function and those for type checkers only.
import-linter checks which subpackage may import which (`pyproject.toml`).
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.project.reading import ROOT

PACKAGE = "gemini_clearing_mock"
FOLDER = ROOT / "mock_exchange" / PACKAGE
MAX_FLOORS = 7


def _module_name(path: Path) -> str:
    parts = path.relative_to(FOLDER).with_suffix("").parts
    return ".".join((PACKAGE, *parts)).removesuffix(".__init__")


FILES = {_module_name(path): path for path in sorted(FOLDER.rglob("*.py"))}


def _absolute(statement: ast.ImportFrom, module: str) -> str:
    """The module from which a statement imports, by its absolute name."""
    if not statement.level:
        return statement.module or ""
    package = module if FILES[module].stem == "__init__" else module.rpartition(".")[0]
    parents = package.split(".")[: len(package.split(".")) - statement.level + 1]
    return ".".join([*parents, *filter(None, [statement.module])])


def _imported(module: str) -> Iterator[str]:
    """Yield the names that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            yield from (f"{base}.{alias.name}" if f"{base}.{alias.name}" in FILES else base for alias in node.names)


@cache
def _imports() -> dict[str, set[str]]:
    """For each module of the package, the other modules of the package that it imports."""
    return {module: {name for name in _imported(module) if name in FILES and name != module} for module in FILES}


def _longest_chain(module: str, above: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The longest chain of imports from a module down; fails on a cycle."""
    assert module not in above, f"import cycle: {' → '.join((*above[above.index(module) :], module))}"
    chains = (_longest_chain(other, (*above, module)) for other in _imports()[module])
    return (module, *max(chains, key=len, default=()))


def test_mock_imports_have_no_cycle_and_at_most_seven_floors() -> None:
    """A module can be understood with at most six others below it."""
    longest = max((_longest_chain(module) for module in FILES), key=len)

    assert len(longest) <= MAX_FLOORS, " → ".join(longest)


def test_mock_imports_are_relative() -> None:
    """Inside the package, imports are relative."""
    absolute = [
        f"{module}: {node.module}"
        for module, path in FILES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == PACKAGE
    ]

    assert absolute == []
