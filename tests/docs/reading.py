"""Helpers of the tests in this folder: code blocks, links, headings and tables of a document."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.project.reading import ROOT, committed

__all__ = ["DOCUMENTS", "ROOT", "Block", "anchors", "blocks", "links", "rows"]

DOCUMENTS = [path for path in committed() if path.suffix == ".md"]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A fenced block of a document."""

    language: str
    text: str
    line: int


def blocks(document: Path) -> list[Block]:
    """Return the fenced blocks of a document, in order; `line` is the first line of the text."""
    text = document.read_text(encoding="utf-8")
    return [Block(match[1], match[2], text.count("\n", 0, match.start(2)) + 1) for match in _FENCE.finditer(text)]


def _prose(document: Path) -> str:
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", document.read_text(encoding="utf-8")))


def links(document: Path) -> list[str]:
    """Return the targets of the links in a document, both `[…](target)` and `[label]: target`."""
    prose = _prose(document)
    return re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r"^\[[^\]]+\]: (\S+)$", prose, flags=re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings of a document, as GitHub forms them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", document.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(document: Path, heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without the header row."""
    section = re.split(rf"^#+ {re.escape(heading)}$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    table = re.findall(r"^\|(.+)\|$", re.split(r"^#+ ", section, flags=re.MULTILINE)[0], flags=re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in table[2:]]
