"""Hits of the prose lint: where, which phrase, what to write instead; and the rate of each part of the project."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .extraction import passages
from .phrases import DOCSTRING_PHRASES, NAMES, PHRASES

__all__ = ["ALLOWED", "HITS_PER_1000_WORDS", "Hit", "Part", "count", "part_of"]

# The house style: about the rate of httpx, h11 and schemathesis by the same measure.
HITS_PER_1000_WORDS = 1

# Texts that match a phrase and may stay: file, text, and the reason.
ALLOWED = (
    (
        "mock_exchange/gemini_clearing_mock/api/_handlers.py",
        "Whoever places a clearing order",
        "message of a response: the responses of the mock stay the same",
    ),
    (
        "mock_exchange/gemini_clearing_mock/state/_faults.py",
        "answer: for DUPLICATE",
        "name of a public field",
    ),
    (
        "mock_exchange/gemini_clearing_mock/control/_faults.py",
        "answer must be 1 or 2",
        "name of a public field",
    ),
)

# Files that quote the phrases, and files of other origin.
_SKIPPED = (
    "tests/project/prose/counting.py",
    "tests/project/prose/phrases.py",
    "tests/project/test_prose.py",
    "requirements/",
    "package-lock.json",
    "LICENSE",
)


class Hit(NamedTuple):
    """A phrase found in a file."""

    file: str
    line: int
    found: str
    instead: str
    kind: str


class Part(NamedTuple):
    """Number of words of prose, and of hits in them, in one part of the project; names are counted apart."""

    words: int
    hits: int
    names: int
    name_hits: int

    @property
    def rate(self) -> float:
        """Hits per 1,000 words."""
        return 1000 * self.hits / self.words if self.words else 0.0


def part_of(file: str) -> str:
    """Return the part of the project that a file belongs to: its top-level folder, `docs` or `frame`."""
    top, _, rest = file.partition("/")
    if file.endswith(".md") and (not rest or top in {"docs", "openapi"}):
        return "docs"
    return top if rest and not top.startswith(".") else "frame"


def count(paths: Iterable[Path], root: Path) -> tuple[list[Hit], dict[str, Part]]:
    """Return the hits in some files, and the numbers of each part that they belong to."""
    hits: list[Hit] = []
    words: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for path in paths:
        file = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
        if file.startswith(_SKIPPED) or file.endswith(_SKIPPED):
            continue
        for passage in passages(path):
            counter = names if passage.kind == "name" else words
            counter[part_of(file)] += len(re.findall(r"[A-Za-z][\w'’-]*", passage.text))
            hits += _hits(file, passage.line, passage.text, passage.kind)
    parts = {
        part: Part(
            words[part],
            sum(part_of(hit.file) == part and hit.kind != "name" for hit in hits),
            names[part],
            sum(part_of(hit.file) == part and hit.kind == "name" for hit in hits),
        )
        for part in sorted(words.keys() | names.keys())
    }
    return sorted(hits), parts


def _hits(file: str, line: int, text: str, kind: str) -> Iterator[Hit]:
    """Yield each phrase in a passage; of two that overlap, the first or longer counts."""
    tables = {"name": NAMES, "docstring": PHRASES + DOCSTRING_PHRASES}.get(kind, PHRASES)
    found = [
        (match.start(), -match.end(), match[0], phrase) for phrase in tables for match in phrase.pattern.finditer(text)
    ]
    end = -1
    for start, negative_end, matched, phrase in sorted(found, key=lambda entry: entry[:2]):
        plain = " ".join(matched.split())
        if start >= end and not _is_allowed(file, text, start):
            end = -negative_end
            yield Hit(file, line + text.count("\n", 0, start), plain, phrase.instead, kind)


def _is_allowed(file: str, text: str, start: int) -> bool:
    around = " ".join(text[max(0, start - 80) : start + 80].split())
    return any(file == allowed_file and allowed_text in around for allowed_file, allowed_text, _ in ALLOWED)
