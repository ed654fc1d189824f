"""openapi/README.md describes every extension and every decision of the spec."""

import re
from typing import Any

from tests.spec.reading import DOCUMENT, ROOT

TEXT = (ROOT / "openapi" / "README.md").read_text(encoding="utf-8")


def _extensions(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_extensions, node))
    if not isinstance(node, dict):
        return set()
    return {key for key in node if str(key).startswith("x-")}.union(*map(_extensions, node.values()))


def test_readme_explains_every_extension() -> None:
    """Each `x-` keyword of the spec has a row, and so has the keyword that no documented operation needs."""
    explained = set(re.findall(r"^\| `(x-[a-z-]+)` \|", TEXT, flags=re.MULTILINE))

    assert explained == _extensions(DOCUMENT) | {"x-body"}


def _readers(extension: str) -> set[str]:
    """Return the packages that use an extension."""
    word = re.compile(rf"{extension}(?![a-z-])")
    return {
        reader
        for reader, folder in (("generator", "generator"), ("contract suite", "contract_suite"))
        if any(word.search(path.read_text(encoding="utf-8")) for path in (ROOT / folder).rglob("*.py"))
    }


def test_readme_lists_the_readers_of_each_extension() -> None:
    """The last column is right; an extension without a reader would be a comment."""
    stated = re.findall(r"^\| `(x-[a-z-]+)` \|.*\| ([^|]+) \|$", TEXT, flags=re.MULTILINE)

    assert {name: set(readers.split(", ")) for name, readers in stated} == {name: _readers(name) for name, _ in stated}


def test_readme_decides_all_twelve_contradictions() -> None:
    """Each has a number, a decision, a reason and a source, and no cell is empty."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TEXT.splitlines()
        if re.match(r"\| \d+ \|", line)
    ]

    assert [row[0] for row in rows] == [str(number) for number in range(1, 13)]
    assert all(len(row) == 5 and all(row) for row in rows)


def test_readme_explains_every_additional_format() -> None:
    """JSON Schema does not define `decimal` and `timestamp`."""
    formats = {schema.get("format") for schema in DOCUMENT["components"]["schemas"].values()} - {None}

    assert formats == {"decimal", "timestamp"}
    assert all(f"`{name}`" in TEXT for name in formats)
