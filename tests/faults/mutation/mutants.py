"""
Mutants: the hand-written source with one change each.

Annotations, code for type checkers and `__all__` are not mutated, because no test can run them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

import libcst as cst
import libcst.matchers as m
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from tests.faults.mutation.operators import OPERATORS

__all__ = ["PACKAGES", "Mutant", "folder_of", "mutants_in", "mutants_of"]

# The mutated packages, with the unit tests that are run besides the contract suite.
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
    """One change of a module: a node and its replacement."""

    package: str
    file: Path
    # Module, function, line and change, and a number if these are not unique. Does not change when lines move.
    key: str
    # The lines that coverage.py reports when the node runs.
    lines: frozenset[int]
    # The name that the statement defines, and the statement's lines. A statement that the import runs affects these.
    name: str
    span: range
    tree: cst.Module = field(repr=False)
    old: cst.CSTNode = field(repr=False)
    new: cst.CSTNode = field(repr=False)

    @property
    def module(self) -> str:
        """The dotted name of the module."""
        return _module_name(self.package, self.file)

    def source(self) -> str:
        """Return the source of the module with the change."""
        changed = self.tree.deep_replace(self.old, self.new)
        assert isinstance(changed, cst.Module)
        return changed.code


def folder_of(package: str) -> Path:
    """Return the folder of a package."""
    spec = PathFinder.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def mutants_of(package: str, selected: Callable[[str], bool] = lambda name: True) -> Iterator[Mutant]:
    """Yield each mutant of a package's selected modules, functions and classes, in the order of the source."""
    for file in sorted(folder_of(package).rglob("*.py")):
        if selected(_module_name(package, file)):
            yield from mutants_in(package, file, selected)


def _module_name(package: str, file: Path) -> str:
    """Return the dotted name of a file in a package, or of a file outside any package."""
    spec = PathFinder.find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else file.parent
    parts = file.relative_to(folder if folder in file.parents else file.parent).with_suffix("").parts
    return ".".join((package, *parts)).removesuffix(".__init__")


@dataclass(frozen=True)
class _Place:
    """A node, the functions and classes around it, and its statement."""

    node: cst.CSTNode
    scope: str
    statement: cst.CSTNode


def mutants_in(package: str, file: Path, selected: Callable[[str], bool] = lambda name: True) -> Iterator[Mutant]:
    """Yield each mutant of one module's selected functions and classes."""
    source = file.read_text(encoding="utf-8")
    # Each node of a parsed module occurs in it once, so that it need not be copied.
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    lines = source.splitlines()
    seen: Counter[str] = Counter()
    for place in _places(wrapper.module, _module_name(package, file), wrapper.module, selected):
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


def _places(node: cst.CSTNode, scope: str, statement: cst.CSTNode, selected: Callable[[str], bool]) -> Iterator[_Place]:
    if m.matches(node, NEVER_RUN):
        return
    if isinstance(node, cst.BaseCompoundStatement | cst.SimpleStatementLine):
        statement = node
    yield _Place(node, scope, statement)
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        scope = f"{scope}.{node.name.value}"
        if not selected(scope):
            return
    for child in node.children:
        yield from _places(child, scope, statement, selected)


def _text(node: cst.CSTNode) -> str:
    """Return a node's code on one line without comments; of an `if` statement only the condition."""
    if isinstance(node, cst.If):
        return f"if {_text(node.test)}"
    bare = node.with_changes(leading_lines=[]) if isinstance(node, cst.SimpleStatementLine) else node
    return " ".join(cst.Module([]).code_for_node(bare).split())


def _name(statement: cst.CSTNode) -> str:
    """Return the name that a definition or an assignment defines, or the empty string."""
    if isinstance(statement, cst.SimpleStatementLine):
        bound = statement.body[0]
        target = bound.targets[0].target if isinstance(bound, cst.Assign) else getattr(bound, "target", None)
    else:
        target = getattr(statement, "name", None)
    return target.value if isinstance(target, cst.Name) else ""


def _lines(place: _Place, positions: Mapping[cst.CSTNode, CodeRange]) -> frozenset[int]:
    """Return the lines of a simple statement, or the first line of a compound statement and the lines of the node."""
    statement, node = positions[place.statement], positions[place.node]
    if isinstance(place.statement, cst.SimpleStatementLine):
        return frozenset(range(statement.start.line, statement.end.line + 1))
    if place.node is place.statement:
        return frozenset({statement.start.line})
    return frozenset({statement.start.line, *range(node.start.line, node.end.line + 1)})
