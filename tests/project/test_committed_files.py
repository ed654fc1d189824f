"""What may never be committed, and what every module owes its reader."""

import ast
import re
from pathlib import Path

import pytest

from tests.project.reading import ROOT, committed, modules, text_of

HOMES = "|".join(map(re.escape, (str(ROOT), str(Path.home()), "/home", "/Users")))
FORBIDDEN = {
    "the address of a package registry": r"(?:pypi|pythonhosted|npmjs|yarnpkg)\.(?:org|com)\b|://[^\s\"<>]+/simple\b",
    "a path of somebody's machine": rf"(?<![\w./])(?:{HOMES})/\w",
    "a file's download address": r"https?://[^\s\"<>]+\.(?:whl|tgz|tar\.gz)\b",
    "a leftover": r"\b(?:TO" + "DO|FIX" + r"ME|X{3})\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
}
HAND_WRITTEN = ["auth_plugin", "benchmarks", "client_runtime", "generator", "mock_exchange", "tests"]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_committed_files_hold_nothing_forbidden(what: str) -> None:
    """Lock files name no index, nothing points at one machine, nothing waits to be finished."""
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in committed()
        for number, line in enumerate((text_of(path) or "").splitlines(), 1)
        if path != Path(__file__) and pattern.search(line)
    ]

    assert found == []


def test_modules_say_at_the_top_what_lives_in_them() -> None:
    """A stranger opens a file and reads first what it is for."""
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(*HAND_WRITTEN)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []


def test_modules_are_short() -> None:
    """What grows beyond 350 lines is about more than one thing."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*HAND_WRITTEN)}

    assert [f"{path.relative_to(ROOT)}: {length} lines" for path, length in lengths.items() if length > 350] == []


def _sentences_that_share_a_line(document: Path) -> list[str]:
    """Lines of prose in which a sentence ends and another begins; tables, code and bold lead-ins are left out."""
    text = document.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```", lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE)
    return [
        f"{document.relative_to(ROOT)}:{number}: {line[:100]}"
        for number, line in enumerate(prose.splitlines(), 1)
        if not line.startswith("|")
        and re.search(r"[a-z`)][.!?] +[A-Z`\[]", re.sub(r"`[^`]*`|\*\*[^*]+\*\*", "`", line))
    ]


def test_markdown_has_one_sentence_per_line() -> None:
    """A change of one sentence is a change of one line."""
    documents = [path for path in committed() if path.suffix == ".md"]

    assert [line for document in documents for line in _sentences_that_share_a_line(document)] == []
