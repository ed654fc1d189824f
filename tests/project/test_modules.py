"""Rules for every Python module: length, imports, silenced checks, and the one way to make value classes."""

import ast
import builtins
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.project.reading import PYPROJECT, ROOT, modules

# Limits are today's highest values: lower them when you can, never raise them.
LINES_PER_MODULE = 350
LINES_PER_FUNCTION = 40

FOLDERS = [*PYPROJECT["tool"]["hatch"]["build"]["dev-mode-dirs"], "benchmarks", "tests"]
PACKAGES = {
    "generated_client": "gemini_clearing",
    "client_runtime": "gemini_clearing_runtime",
    "auth_plugin": "gemini_clearing_auth",
    "mock_exchange": "gemini_clearing_mock",
    "contract_suite": "gemini_clearing_contract",
    "command_line": "gemini_clearing_cli",
    "generator": "gemini_clearing_generator",
    "spec_changes": "gemini_clearing_changes",
    "docs_site": "gemini_clearing_site",
    "release_checks": "gemini_clearing_release",
}
# CONTRIBUTING.md has the table and the reasons.
VALUE_CLASSES = {
    "generated_client": {"attrs"},
    "client_runtime": {"msgspec.Struct"},
    "client_runtime/gemini_clearing_runtime/_model": {"attrs"},
    "auth_plugin": {"dataclass"},
    "mock_exchange": {"msgspec.Struct"},
    "contract_suite": {"attrs"},
    "command_line": {"attrs"},
    "command_line/gemini_clearing_cli/verification": {"dataclass"},
    "generator": {"attrs"},
    "spec_changes": {"attrs"},
    "docs_site": {"attrs"},
    "release_checks": {"attrs"},
}
_MARKS = {
    "dataclass": "dataclass", "dataclasses.dataclass": "dataclass", "attrs.frozen": "attrs", "frozen": "attrs",
    "attrs.define": "attrs", "define": "attrs", "model": "attrs", "msgspec.Struct": "msgspec.Struct",
    "NamedTuple": "NamedTuple", "typing.NamedTuple": "NamedTuple",
}  # fmt: skip
# Both forms of a reason: in parentheses after a rule of ruff, and as a comment after a rule of a type checker.
_SILENCED = re.compile(r"# (noqa|type: ignore|pyright: ignore|pragma)")
_WITH_REASON = re.compile(
    r"# (noqa: [A-Z0-9, ]+(  # pyright: ignore\[\w+\])?  \(\w.+\)|type: ignore\[[a-z, -]+\]  # \w.+)$"
)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_modules_are_short() -> None:
    """No hand-written module is longer than the limit."""
    paths = [path for path in modules(*FOLDERS) if path.parts[len(ROOT.parts)] != "generated_client"]
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}

    assert {name: length for name, length in lengths.items() if length > LINES_PER_MODULE} == {}


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements of a module, without their expressions, which are most of the nodes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield child
            yield from _statements(child)


def test_functions_are_short() -> None:
    """No function is longer than the limit, docstring and signature aside."""
    lengths = {
        f"{_name(path)}: {node.name}": _length(node)
        for path in modules(*FOLDERS)
        for node in _statements(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: length for name, length in lengths.items() if length > LINES_PER_FUNCTION} == {}


@pytest.mark.parametrize("folder", PACKAGES)
def test_imports_inside_a_package_are_relative(folder: str) -> None:
    """A module imports what is in its own package with leading dots; the package itself has no such form."""
    absolute = [
        f"{_name(path)}:{node.lineno}"
        for path in modules(folder)
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.ImportFrom) and node.level == 0 and _is_in(node.module or "", PACKAGES[folder]))
        or (isinstance(node, ast.Import) and any(alias.name.startswith(f"{PACKAGES[folder]}.") for alias in node.names))
    ]

    assert absolute == []


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the annotations that Python evaluates: of functions, classes and modules, not of local variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
            yield from (argument.annotation for argument in every if argument and argument.annotation)
            yield from [node.returns] if node.returns else []
        elif isinstance(node, ast.Module | ast.ClassDef):
            yield from (item.annotation for item in node.body if isinstance(item, ast.AnnAssign))


def _imports_future(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)


def _needs_future_annotations(tree: ast.Module) -> bool:
    """Whether an annotation names something that is not defined yet when the annotation is evaluated."""
    defined: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            # A class is defined after its last line; its own methods cannot refer to it.
            defined.setdefault(node.name, node.end_lineno or node.lineno)
        elif isinstance(node, ast.Import | ast.ImportFrom) and not _is_type_checking(tree, node):
            for alias in node.names:
                defined.setdefault((alias.asname or alias.name).split(".")[0], node.lineno)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    defined.setdefault(target.id, node.lineno)
    return any(
        not hasattr(builtins, name.id) and defined.get(name.id, 10**9) >= name.lineno
        for annotation in _annotations(tree)
        for name in ast.walk(annotation)
        if isinstance(name, ast.Name)
    )


def _is_type_checking(tree: ast.Module, imported: ast.AST) -> bool:
    return any(
        isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and imported in ast.walk(node)
        for node in tree.body
    )


def test_future_annotations_are_imported_only_where_needed() -> None:
    """`from __future__ import annotations` is only in modules whose annotations name something defined later."""
    unneeded = [
        _name(path)
        for path in modules(*FOLDERS)
        if "__future__" in path.read_text(encoding="utf-8")  # the others need not be parsed
        for tree in [_tree(path)]
        if _imports_future(tree) and not _needs_future_annotations(tree)
    ]

    assert unneeded == []


def test_silenced_check_has_its_reason() -> None:
    """A comment that switches off a check names it, and has the reason on the same line."""
    texts = {path: path.read_text(encoding="utf-8") for path in modules(*FOLDERS)}
    without = [
        f"{_name(path)}:{token.start[0]}: {token.string}"
        for path, text in texts.items()
        if _SILENCED.search(text)  # the others need not be parsed
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and _SILENCED.match(token.string) and not _WITH_REASON.match(token.string)
    ]

    assert without == []


@pytest.mark.parametrize("folder", VALUE_CLASSES)
def test_package_has_one_way_to_make_value_classes(folder: str) -> None:
    """The value classes of a package are made as CONTRIBUTING.md states for it."""
    other = [
        f"{_name(path)}:{node.lineno}: {node.name} ({mark})"
        for path in modules(folder.partition("/")[0])
        if folder == _closest(path, VALUE_CLASSES)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef)
        for mark in _marks(node)
        if mark not in VALUE_CLASSES[folder]
    ]

    assert other == []


def _closest(path: Path, places: Iterable[str]) -> str:
    """Return the innermost of the folders and modules that a file is in."""
    name = f"{_name(path).removesuffix('.py')}/"
    return max((place for place in places if name.startswith(f"{place}/")), key=len)


def _marks(node: ast.ClassDef) -> set[str]:
    """Return the ways to make value classes that a class uses, by its decorators and bases."""
    parts = [part.func if isinstance(part, ast.Call) else part for part in (*node.decorator_list, *node.bases)]
    return {_MARKS[name] for name in map(ast.unparse, parts) if name in _MARKS}
