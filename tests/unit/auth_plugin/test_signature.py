"""The signature: the published vector, and what is refused.  Its general rules stand in tests/property."""

from traceback import TracebackException

import pytest

from gemini_clearing_auth import sign
from gemini_clearing_auth.errors import CredentialsError

# https://docs.gemini.com/authentication/api-key
PUBLISHED_PAYLOAD = (
    b"ewogICAgInJlcXVlc3QiOiAiL3YxL29yZGVyL3N0YXR1cyIsCiAgICAibm9uY2UiOiAxMjM0NTYsCgogICAgIm9yZGVyX2lkIjogMTg4MzQKfQo="
)
PUBLISHED_SIGNATURE = "337cc8b4ea692cfe65b4a85fcc9f042b2e3f702ac956fd098d600ab15705775017beae402be773ceee10719ff70d710f"


def test_sign_gives_the_published_signature() -> None:
    """The exchange's own example comes out."""
    assert sign(PUBLISHED_PAYLOAD, b"1234abcd") == PUBLISHED_SIGNATURE


@pytest.mark.parametrize(("payload", "secret"), [("text", b"secret"), (b"text", "hunter2"), (b"text", None)])
def test_sign_takes_bytes_only(payload: object, secret: object) -> None:
    """A text or nothing is refused by the project's own error, which does not show it."""
    with pytest.raises(CredentialsError, match="made of bytes") as caught:
        sign(payload, secret)  # type: ignore[arg-type]

    assert "hunter2" not in str(caught.value)


def test_sign_names_the_kinds_that_it_was_given() -> None:
    """Whoever mixes up text and bytes sees which of the two it was."""
    with pytest.raises(CredentialsError, match="not of bytes with str: encode them first"):
        sign(b"text", "hunter2")  # type: ignore[arg-type]


def test_sign_keeps_the_secret_out_of_a_traceback_with_locals() -> None:
    """The frame that refuses holds it no more."""
    with pytest.raises(CredentialsError) as caught:
        sign(b"text", "hunter2")  # type: ignore[arg-type]
    own = TracebackException(CredentialsError, caught.value, caught.tb.tb_next, capture_locals=True)

    assert "hunter2" not in "".join(own.format())
