"""
Mutants: the hand-written source with one thing changed, one mutant for each thing.

The operators are those that matter in code of rules: comparisons, connectives, constants, arithmetic, conditions, and
statements left out.  Texts are left alone, because most of them are sentences for people.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path

__all__ = ["PACKAGES", "Mutant", "mutants_of", "source_of"]

# The hand-written code that is judged, with the tests that judge it after the contract suite.
PACKAGES: dict[str, tuple[str, ...]] = {
    "gemini_clearing_mock": ("tests/mock",),
    "gemini_clearing_runtime": ("tests/unit/client_runtime", "tests/client"),
    "gemini_clearing_auth": ("tests/unit/auth_plugin",),
}
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
# `|` joins types more often than numbers, and is left alone.
CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult, ast.Mod: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: where, what the line says, and what is done; `number` counts the changes of a module."""

    package: str
    module: str
    line: int
    text: str
    change: str
    number: int
    file: Path

    @property
    def key(self) -> str:
        """What stays the same when lines move."""
        return f"{self.module}: {self.text} [{self.change}]"


def mutants_of(package: str) -> Iterator[Mutant]:
    """Every mutant of a package's own modules."""
    spec = PathFinder.find_spec(package)
    for folder in spec.submodule_search_locations or () if spec else ():
        for file in sorted(Path(folder).glob("_[a-z]*.py")):
            if file.stem != "__main__":
                yield from _of_file(package, f"{package}.{file.stem}", file)


def _of_file(package: str, module: str, file: Path) -> Iterator[Mutant]:
    source = file.read_text(encoding="utf-8")
    lines = source.splitlines()
    for number, (line, change, _) in enumerate(_sites(ast.parse(source))):
        yield Mutant(package, module, line, lines[line - 1].strip(), change, number, file)


def source_of(mutant: Mutant) -> str:
    """The module's whole source with the change in it."""
    tree = ast.parse(mutant.file.read_text(encoding="utf-8"))
    _, _, apply = list(_sites(tree))[mutant.number]
    apply()
    return ast.unparse(ast.fix_missing_locations(tree))


def _sites(tree: ast.Module) -> Iterator[tuple[int, str, Callable[[], object]]]:
    skipped = set(_not_run(tree))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        yield from _expressions(node)
        yield from _statements(node)


def _not_run(tree: ast.Module) -> Iterator[int]:
    """Annotations, and what stands under `if TYPE_CHECKING`: changing them changes nothing that runs."""
    for node in ast.walk(tree):
        parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            parts.append(node)
        for part in parts:
            if isinstance(part, ast.AST):
                yield from (id(inner) for inner in ast.walk(part))


def _expressions(node: ast.AST) -> Iterator[tuple[int, str, Callable[[], object]]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        new = COMPARED[type(node.ops[0])]
        yield node.lineno, f"{type(node.ops[0]).__name__} → {new.__name__}", lambda: node.ops.__setitem__(0, new())
    if isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield node.lineno, f"{type(node.op).__name__} → {other.__name__}", lambda: setattr(node, "op", other())
    if isinstance(node, ast.BinOp) and type(node.op) in CALCULATED and not _joins_text(node):
        swapped = CALCULATED[type(node.op)]
        yield node.lineno, f"{type(node.op).__name__} → {swapped.__name__}", lambda: setattr(node, "op", swapped())
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node.lineno, f"{node.value} → {not node.value}", lambda: setattr(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield node.lineno, f"{node.value} → {node.value + 1}", lambda: setattr(node, "value", node.value + 1)  # type: ignore[operator]


def _joins_text(node: ast.BinOp) -> bool:
    return any(isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str)) for part in (node.left, node.right))


def _statements(node: ast.AST) -> Iterator[tuple[int, str, Callable[[], object]]]:
    if isinstance(node, ast.If | ast.IfExp):
        negated = ast.UnaryOp(ast.Not(), node.test)
        yield node.lineno, "condition negated", lambda: setattr(node, "test", negated)
    for name in ("body", "orelse"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            for index, statement in enumerate(block):
                if _can_go(statement):
                    yield statement.lineno, "statement left out", partial(block.__setitem__, index, ast.Pass())


def _can_go(statement: ast.stmt) -> bool:
    """Calls for their effect, refusals, and changes of what is there already."""
    is_call = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    return is_call or isinstance(statement, ast.Raise | ast.AugAssign | ast.Delete)
