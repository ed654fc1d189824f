"""
Prose of a file: the texts in it that a person reads, each with its line.

Prose is: docstrings, comments, strings of at least three words, names of functions and classes in Python; text and
tables in Markdown, with the comments of its Python examples; descriptions and comments in YAML; comments and strings
in templates, pages and scripts. Code in backticks, and data such as the spec's examples, is not prose.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

__all__ = ["Passage", "passages"]


class Passage(NamedTuple):
    """A piece of prose; `line` is the line of its first character, `kind` is text, docstring or name."""

    line: int
    text: str
    kind: str = "text"


_CODE = re.compile(r"``[^`]+``|`[^`\n]+`")
_WORD = re.compile(r"(?<!\S)[(\"'“]?[A-Za-z][a-z'’]*[.,;:?!)\"'”]*(?!\S)")


def passages(path: Path) -> Iterator[Passage]:
    """Yield the prose of a file, with code in backticks replaced by one word; nothing for other kinds of files."""
    reader = _READERS.get(path.suffix) or _READERS.get(path.name)
    if reader:
        for passage in reader(path.read_text(encoding="utf-8")):
            yield passage._replace(text=_CODE.sub(lambda match: "`x`" + "\n" * match[0].count("\n"), passage.text))


def _is_prose(text: str) -> bool:
    """Return whether a string is a text for people: at least three words, and mostly words."""
    words = len(_WORD.findall(text))
    return words >= 3 and words * 2 >= len(text.split())


# --------------------------------------------------------------------------------------------------- Python


def _python(source: str, offset: int = 0) -> Iterator[Passage]:
    tree = ast.parse(source)
    docstrings = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield Passage(node.lineno + offset, _words_of(node.name), "name")
        elif isinstance(node, ast.arg):
            yield Passage(node.lineno + offset, _words_of(node.arg), "name")
    for line, text, node_id in _strings(tree):
        if node_id in docstrings:
            yield Passage(line + offset, text, "docstring")
        elif _is_prose(text):
            yield Passage(line + offset, text)
    for passage in _python_comments(source):
        yield passage._replace(line=passage.line + offset)


def _words_of(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").strip().lower()


def _docstrings(tree: ast.AST) -> set[int]:
    """The ids of string nodes that are statements: docstrings of modules, classes, functions and attributes."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _strings(tree: ast.AST) -> Iterator[tuple[int, str, int]]:
    """Yield line, text and node id of every string; an f-string's placeholders become `{}`."""
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            pieces = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node.lineno, "".join(pieces), id(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value, id(node)


def _python_comments(source: str) -> Iterator[Passage]:
    """Yield comments; whole-line comments that follow each other are one passage."""
    block: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if block and not (token.start[0] == block[-1].start[0] + 1 and token.start[1] == block[-1].start[1]):
                yield _joined(block)
                block = []
            block.append(token)
    if block:
        yield _joined(block)


def _joined(block: list[tokenize.TokenInfo]) -> Passage:
    return Passage(block[0].start[0], "\n".join(token.string.lstrip("#!: ") for token in block))


# ------------------------------------------------------------------------------------- Markdown, YAML, pages


_FENCE = re.compile(r"^ *```([^\n`]*)\n(.*?)^ *```[ \t]*$", flags=re.DOTALL | re.MULTILINE)


def _markdown(source: str) -> Iterator[Passage]:
    """Yield the paragraphs outside fenced blocks, and the comments and strings of Python blocks."""
    for match in _FENCE.finditer(source):
        line = source.count("\n", 0, match.start(2))
        if match[1].strip() == "python":
            yield from (passage for passage in _python(match[2], line) if passage.kind != "name")
        else:
            yield from _hash_comments(match[2], line)
    yield from _paragraphs(_FENCE.sub(lambda match: "\n" * match[0].count("\n"), source))


def _paragraphs(text: str) -> Iterator[Passage]:
    for match in re.finditer(r"\S.*?(?=\n\s*\n|\Z)", text, flags=re.DOTALL):
        plain = re.sub(r"\]\([^)]*\)|<[^>\n]+>", "]", match[0])
        yield Passage(1 + text.count("\n", 0, match.start()), plain)


_YAML_DATA = re.compile(r"(?:\w+_)?examples?|value|run|pattern|entry|if|enum|x-source")


def _yaml(source: str) -> Iterator[Passage]:
    yield from _hash_comments(source)
    node = YAML(pure=True).compose(source)
    if node is not None:
        yield from _yaml_values(node)


def _yaml_values(node: Node) -> Iterator[Passage]:
    """Yield the prose below a node; the values of examples and commands are data."""
    if isinstance(node, ScalarNode):
        if _is_prose(node.value):
            yield Passage(node.start_mark.line + 1, node.value)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            if not _YAML_DATA.fullmatch(str(key.value)):
                yield from _yaml_values(value)
    else:
        for item in node.value:
            yield from _yaml_values(item)


class _Page(HTMLParser):
    """Collects the texts of a page: between tags, in the attributes that are shown, and in scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Passage] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag in {"script", "style"}
        for name, value in attrs:
            if name in {"title", "alt", "placeholder", "aria-label", "content"} and value:
                self.found.append(Passage(self.getpos()[0], value))

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script:
            self.found += _c_family(data, self.getpos()[0] - 1)
        elif data.strip():
            self.found.append(Passage(self.getpos()[0], data))

    def handle_comment(self, data: str) -> None:
        self.found.append(Passage(self.getpos()[0], data))


def _page(source: str) -> Iterator[Passage]:
    parser = _Page()
    parser.feed(source)
    yield from parser.found


# ------------------------------------------------------------------------------------ templates and scripts

_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"' + r"|'((?:[^'\\\n]|\\.)*)'" + r"|`((?:[^`\\]|\\.)*)`")


def _matches(pattern: str, source: str, offset: int = 0) -> Iterator[Passage]:
    for match in re.finditer(pattern, source, flags=re.DOTALL | re.MULTILINE):
        group = match.lastindex or 0
        yield Passage(source.count("\n", 0, match.start(group)) + 1 + offset, match[group])


def _quoted(source: str, offset: int = 0) -> Iterator[Passage]:
    for match in _QUOTED.finditer(source):
        if match.lastindex and _is_prose(match[match.lastindex]):
            yield Passage(source.count("\n", 0, match.start()) + 1 + offset, match[match.lastindex])


def _hash_comments(source: str, offset: int = 0) -> Iterator[Passage]:
    yield from _matches(r"((?:(?:^|(?<=\s))[ \t]*#+(?=\s)[^\n]*\n?)+)", source, offset)


def _hash_script(source: str) -> Iterator[Passage]:
    """Shell, Perl, TOML, Makefile: comments from `#`, and strings."""
    yield from _hash_comments(source)
    yield from _quoted(re.sub(r"^[ \t]*#.*$", "", source, flags=re.MULTILINE))


def _c_family(source: str, offset: int = 0) -> Iterator[Passage]:
    """JavaScript, Java: comments from `//`, between `/*` and `*/`, and strings."""
    yield from _matches(r"/\*(.*?)\*/", source, offset)
    yield from _matches(r"(?:^|(?<=\s))//([^\n]*)", source, offset)
    yield from _quoted(re.sub(r"(?:^|(?<=\s))//[^\n]*", "", source), offset)


def _template(source: str) -> Iterator[Passage]:
    """Jinja templates of Python: template comments, docstrings, comments, and strings in expressions."""
    yield from _matches(r"\{#(.*?)#\}", source)
    yield from _matches(r'"""(.*?)"""', source)
    rest = re.sub(r'\{#.*?#\}|""".*?"""', lambda match: "\n" * match[0].count("\n"), source, flags=re.DOTALL)
    yield from _hash_comments(rest)
    yield from _quoted(rest)


_READERS = {
    ".py": _python, ".md": _markdown, ".yaml": _yaml, ".yml": _yaml, ".html": _page, ".jinja": _template,
    ".toml": _hash_script, "Makefile": _hash_script, ".sh": _hash_script, ".pl": _hash_script, "run": _hash_script,
    ".mjs": _c_family, ".js": _c_family, ".java": _c_family,
}  # fmt: skip
