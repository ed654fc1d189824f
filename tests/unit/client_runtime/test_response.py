"""An answer before it is judged: how it shows itself to people."""

import pytest

from gemini_clearing_runtime._response import RawResponse


def raw(text: str) -> RawResponse:
    """An answer with this body."""
    return RawResponse(status=200, headers={}, content=text.encode())


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("two\n  words", "two words"),
        ("a" * 120, "a" * 120),
        ("a" * 121, "a" * 120 + "…"),
        (" " * 479 + "ab", "a"),
    ],
    ids=["lines", "just short enough", "too long", "far away"],
)
def test_excerpt_is_one_short_line(text: str, excerpt: str) -> None:
    """A page of a thousand lines must not fill a log, nor take long to look through."""
    assert excerpt == raw(text).excerpt


def test_answer_shows_its_size_and_not_its_content() -> None:
    """What is in it may be long, and is nobody's business in a log."""
    assert repr(raw("secret")) == "<RawResponse 200, 6 bytes>"


def test_answer_is_made_by_names() -> None:
    """Status, headers and content are never mixed up."""
    with pytest.raises(TypeError):
        RawResponse(200, {}, b"")  # type: ignore[call-arg]
