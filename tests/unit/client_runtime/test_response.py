"""A raw response shows little of itself: a short excerpt in messages, its size in a repr."""

import pytest

from gemini_clearing_runtime._response import RawResponse


def raw(text: str) -> RawResponse:
    """Return a response with this body."""
    return RawResponse(status=200, headers={}, content=text.encode())


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("two\n  words", "two words"),
        ("a" * 120, "a" * 120),
        ("a" * 121, "a" * 120 + "…"),
        (" " * 479 + "ab", "a"),
    ],
    ids=["lines", "longest", "too long", "after white space"],
)
def test_excerpt_is_one_short_line(text: str, excerpt: str) -> None:
    """The excerpt has at most 120 characters, of the first 480 of the body."""
    assert excerpt == raw(text).excerpt


def test_repr_shows_the_size_and_not_the_content() -> None:
    """A response in a log does not show its body."""
    assert repr(raw("secret")) == "<RawResponse 200, 6 bytes>"


def test_raw_response_takes_keyword_arguments_only() -> None:
    """Status, headers and content cannot be confused."""
    with pytest.raises(TypeError):
        RawResponse(200, {}, b"")  # type: ignore[call-arg]  # the mistake is the case
