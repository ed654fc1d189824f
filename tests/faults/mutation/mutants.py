"""
Mutants: the hand-written source with one thing changed, one mutant for each thing.

What does not run is left alone: annotations, what only type checkers read, and `__all__`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

import libcst as cst
import libcst.matchers as m
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from tests.faults.mutation.operators import OPERATORS

__all__ = ["PACKAGES", "Mutant", "folder_of", "mutants_in", "mutants_of"]

# The hand-written code that is judged, with the tests that judge it after the contract suite.
PACKAGES: dict[str, tuple[str, ...]] = {
    "gemini_clearing_auth": ("tests/unit/auth_plugin", "tests/property"),
    "gemini_clearing_runtime": ("tests/unit/client_runtime", "tests/client"),
    "gemini_clearing_mock": ("tests/mock",),
}
NEVER_RUN = (
    m.Annotation()
    | m.If(test=m.Name("TYPE_CHECKING"))
    | m.Assign(targets=[m.AssignTarget(target=m.Name("__all__"))])
    | m.AnnAssign(annotation=m.Annotation(annotation=m.Name("TypeAlias")))
)


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, and what is put there."""

    package: str
    file: Path
    # What stays the same when lines move: module, function, line, change, and a number where that is not yet one place.
    key: str
    # The lines that a tracer sees when the place is run.
    lines: frozenset[int]
    # What the statement gives a name to, and its lines: where the import runs it, these are what it has an effect on.
    name: str
    span: range
    tree: cst.Module = field(repr=False)
    old: cst.CSTNode = field(repr=False)
    new: cst.CSTNode = field(repr=False)

    @property
    def module(self) -> str:
        """The module's name."""
        return _module_name(self.package, self.file)

    def source(self) -> str:
        """The module's whole source with the change in it."""
        changed = self.tree.deep_replace(self.old, self.new)
        assert isinstance(changed, cst.Module)
        return changed.code


def folder_of(package: str) -> Path:
    """Where a package lies."""
    spec = PathFinder.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def mutants_of(package: str) -> Iterator[Mutant]:
    """Every mutant of a package, in the order of the source."""
    for file in sorted(folder_of(package).rglob("*.py")):
        yield from mutants_in(package, file)


def _module_name(package: str, file: Path) -> str:
    """The dotted name of a file of a package, or of a file that stands alone."""
    spec = PathFinder.find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else file.parent
    parts = file.relative_to(folder if folder in file.parents else file.parent).with_suffix("").parts
    return ".".join((package, *parts)).removesuffix(".__init__")


@dataclass(frozen=True)
class _Place:
    """A node, the functions and classes around it, and the statement that it belongs to."""

    node: cst.CSTNode
    scope: str
    statement: cst.CSTNode


def mutants_in(package: str, file: Path) -> Iterator[Mutant]:
    """Every mutant of one module."""
    source = file.read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source))
    positions = wrapper.resolve(PositionProvider)
    lines = source.splitlines()
    seen: Counter[str] = Counter()
    for place in _places(wrapper.module, _module_name(package, file), wrapper.module):
        for kind, operator in OPERATORS:
            for new in operator(place.node) if isinstance(place.node, kind) else ():
                line = lines[positions[place.node].start.line - 1].strip()
                old = _text(place.node)
                key = f"{place.scope}: {line} [{'' if old == line else f'{old} '}→ {_text(new)}]"
                seen[key] += 1
                key += f" #{seen[key]}" if seen[key] > 1 else ""
                span = positions[place.statement]
                yield Mutant(
                    package,
                    file,
                    key,
                    _lines(place, positions),
                    _name(place.statement),
                    range(span.start.line, span.end.line + 1),
                    wrapper.module,
                    place.node,
                    new,
                )


def _places(node: cst.CSTNode, scope: str, statement: cst.CSTNode) -> Iterator[_Place]:
    if m.matches(node, NEVER_RUN):
        return
    if isinstance(node, cst.BaseCompoundStatement | cst.SimpleStatementLine):
        statement = node
    yield _Place(node, scope, statement)
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        scope = f"{scope}.{node.name.value}"
    for child in node.children:
        yield from _places(child, scope, statement)


def _text(node: cst.CSTNode) -> str:
    """A node's code on one line, without its comments; of a compound statement only the head."""
    if isinstance(node, cst.If):
        return f"if {_text(node.test)}"
    bare = node.with_changes(leading_lines=[]) if isinstance(node, cst.SimpleStatementLine) else node
    return " ".join(cst.Module([]).code_for_node(bare).split())


def _name(statement: cst.CSTNode) -> str:
    """The name that a definition or an assignment gives, or the empty text."""
    if isinstance(statement, cst.SimpleStatementLine):
        bound = statement.body[0]
        target = bound.targets[0].target if isinstance(bound, cst.Assign) else getattr(bound, "target", None)
    else:
        target = getattr(statement, "name", None)
    return target.value if isinstance(target, cst.Name) else ""


def _lines(place: _Place, positions: Mapping[cst.CSTNode, CodeRange]) -> frozenset[int]:
    """The lines of a simple statement; the first one of a compound statement, and those of the node in its head."""
    statement, node = positions[place.statement], positions[place.node]
    if isinstance(place.statement, cst.SimpleStatementLine):
        return frozenset(range(statement.start.line, statement.end.line + 1))
    if place.node is place.statement:
        return frozenset({statement.start.line})
    return frozenset({statement.start.line, *range(node.start.line, node.end.line + 1)})
