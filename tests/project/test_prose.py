"""The prose lint finds mannered phrases in every kind of text, and names the replacement."""

from pathlib import Path

import pytest

from tests.project.prose.counting import ALLOWED, count, part_of
from tests.project.reading import ROOT

SAMPLES = {
    "module.py": ('"""The error is\ntold to the user."""\n', 2, "told"),
    "comment.py": ("# Whatever happens,\n# nobody sees it here.\n", 1, "Whatever"),
    "message.py": ('\nraise ValueError(f"{name} is no option: remove it")\n', 2, "is no"),
    "name.py": ("def test_error_is_told(): ...\n", 1, "told"),
    "page.md": ("# Title\n\nOne line.\nThe file stands here.\n", 4, "stands"),
    "example.md": ("# Title\n\n```python\nx = 1  # as it came\n```\n", 4, "as it came"),
    "spec.yaml": ("a: 1\ndescription: The order that nobody confirmed.\n", 2, "nobody"),
    "view.html": ("<p>\n<button title='Begin anew'>x</button></p>", 2, "anew"),
    "script.html": ("<script>\n// the order beside it\n</script>", 2, "beside"),
    "client.py.jinja": ("{# Rendered anew. #}\nx = 1\n", 1, "anew"),
    "Makefile": ("all:  ## render everything anew\n", 1, "anew"),
    "settings.toml": ("x = 1  # stands here\n", 1, "stands"),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_lint_finds_a_phrase_in_every_kind_of_text(name: str, tmp_path: Path) -> None:
    """A hit carries the file, the line of the phrase and the wording to use instead."""
    text, line, phrase = SAMPLES[name]
    (tmp_path / name).write_text(text, encoding="utf-8")

    hits, _ = count([tmp_path / name], tmp_path)

    assert (hits[0].file, hits[0].line, hits[0].found) == (name, line, phrase)
    assert hits[0].instead


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("code.md", "Call `told()` first.\n\n```\nnobody\n```\n"),
        ("data.py", 'KEYS = {"answer": 1, "told": 2}\n'),
        ("spec.yaml", "example: {message: The order that nobody confirmed}\n"),
        ("plain.py", '"""Return the response."""\n# The lock is released when the response headers arrive.\n'),
        ("unknown.bin", "nobody told it"),
    ],
)
def test_lint_ignores_code_data_and_plain_wording(name: str, text: str, tmp_path: Path) -> None:
    """Code in backticks, keys, the spec's examples and other kinds of files have no hits."""
    (tmp_path / name).write_text(text, encoding="utf-8")

    assert count([tmp_path / name], tmp_path)[0] == []


def test_lint_counts_overlapping_phrases_once(tmp_path: Path) -> None:
    """`there is none that` matches several patterns and is one hit."""
    (tmp_path / "a.md").write_text("There is none that fits.\n", encoding="utf-8")

    hits, parts = count([tmp_path / "a.md"], tmp_path)

    assert len(hits) == 1
    assert parts["docs"].words == 5
    assert parts["docs"].rate == pytest.approx(200)


def test_docstring_starts_with_a_verb_or_a_noun(tmp_path: Path) -> None:
    """A docstring that starts with `What` is a hit; a question is not."""
    (tmp_path / "a.py").write_text('def f():\n    """What a caller gets."""\n\ndef g():\n    """What now?"""\n')

    assert [hit.line for hit in count([tmp_path / "a.py"], tmp_path)[0]] == [2]


def test_parts_are_packages_docs_and_frame() -> None:
    """Documents count as docs wherever they are; files of the root and dot folders are the frame."""
    files = ["mock_exchange/a/_b.py", "README.md", "openapi/README.md", "docs/a.md", "Makefile", ".github/a.yml"]

    assert [part_of(file) for file in files] == ["mock_exchange", "docs", "docs", "docs", "frame", "frame"]


def test_every_allowed_text_exists() -> None:
    """An exception whose text is gone is removed from the list."""
    assert [text for file, text, _ in ALLOWED if text not in (ROOT / file).read_text(encoding="utf-8")] == []
