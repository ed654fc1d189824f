"""How the tests of this folder read the documents: code blocks, links, headings, tables.  No test lives here."""

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
    """The fenced blocks of a document, in order; `line` is where their text starts."""
    text = document.read_text(encoding="utf-8")
    return [Block(match[1], match[2], text.count("\n", 0, match.start(2)) + 1) for match in _FENCE.finditer(text)]


def _prose(document: Path) -> str:
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", document.read_text(encoding="utf-8")))


def links(document: Path) -> list[str]:
    """Where the links of a document lead, `[…](here)` and `[label]: here` alike."""
    prose = _prose(document)
    return re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r"^\[[^\]]+\]: (\S+)$", prose, flags=re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """The anchors that the headings of a document make, in the way of GitHub."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", document.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(document: Path, heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = re.split(rf"^#+ {re.escape(heading)}$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    table = re.findall(r"^\|(.+)\|$", re.split(r"^#+ ", section, flags=re.MULTILINE)[0], flags=re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in table[2:]]
