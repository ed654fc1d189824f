"""Rules for committed files: forbidden contents, module docstrings, line breaks in Markdown."""

import ast
import re
from pathlib import Path

import pytest

from tests.project.reading import ROOT, committed, modules, text_of

HOMES = "|".join(map(re.escape, (str(ROOT), str(Path.home()), "/home", "/Users")))
FORBIDDEN = {
    "the address of a package registry": r"(?:pypi|pythonhosted|npmjs|yarnpkg)\.(?:org|com)\b|://[^\s\"<>]+/simple\b",
    "a path of a developer's machine": rf"(?<![\w./])(?:{HOMES})/\w",
    "a file's download address": r"https?://[^\s\"<>]+\.(?:whl|tgz|tar\.gz)\b",
    "a leftover": r"\b(?:TO" + "DO|FIX" + r"ME|X{3})\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
}
# The beginning of nearly every module, which then need not be parsed.
ONLY_A_STRING = re.compile(r'"""\s*\w[^"\\]*"""\n')
HAND_WRITTEN = [
    "auth_plugin", "benchmarks", "client_runtime", "command_line", "contract_suite", "docs_site", "generator",
    "mock_exchange", "release_checks", "spec_changes", "tests",
]  # fmt: skip


@pytest.mark.parametrize("what", FORBIDDEN)
def test_committed_files_hold_nothing_forbidden(what: str) -> None:
    """Committed files contain neither registry addresses nor local paths, unfinished work or private keys."""
    pattern = re.compile(FORBIDDEN[what])
    texts = {path: text_of(path) or "" for path in committed() if path != Path(__file__)}
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path, text in texts.items()
        if pattern.search(text)  # no pattern includes a line break: the other files need not be split
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


def test_modules_have_a_docstring() -> None:
    """Every hand-written module starts with a description of its contents."""
    undocumented = [
        str(path.relative_to(ROOT))
        for path in modules(*HAND_WRITTEN)
        for text in [path.read_text(encoding="utf-8")]
        if not ONLY_A_STRING.match(text) and not ast.get_docstring(ast.parse(text))
    ]

    assert undocumented == []


def _sentences_that_share_a_line(document: Path) -> list[str]:
    """Return lines in which a sentence ends and another begins, without tables, code and bold introductions."""
    text = document.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```", lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE)
    return [
        f"{document.relative_to(ROOT)}:{number}: {line[:100]}"
        for number, line in enumerate(prose.splitlines(), 1)
        if not line.startswith("|")
        and re.search(r"[a-z`)][.!?] +[A-Z`\[]", re.sub(r"`[^`]*`|\*\*[^*]+\*\*", "`", line))
    ]


def test_markdown_has_one_sentence_per_line() -> None:
    """Each sentence has its own line, so that diffs show changed sentences."""
    documents = [path for path in committed() if path.suffix == ".md"]

    assert [line for document in documents for line in _sentences_that_share_a_line(document)] == []
