"""The signature: the published vector, and rejected input. Its general rules are tested in tests/property."""

from traceback import TracebackException

import pytest

from gemini_clearing_auth import sign
from gemini_clearing_auth.errors import CredentialsError

# https://docs.gemini.com/authentication/api-key
PUBLISHED_PAYLOAD = (
    b"ewogICAgInJlcXVlc3QiOiAiL3YxL29yZGVyL3N0YXR1cyIsCiAgICAibm9uY2UiOiAxMjM0NTYsCgogICAgIm9yZGVyX2lkIjogMTg4MzQKfQo="
)
PUBLISHED_SIGNATURE = "337cc8b4ea692cfe65b4a85fcc9f042b2e3f702ac956fd098d600ab15705775017beae402be773ceee10719ff70d710f"


def test_sign_returns_the_published_signature() -> None:
    """The published example results in the published signature."""
    assert sign(PUBLISHED_PAYLOAD, b"1234abcd") == PUBLISHED_SIGNATURE


@pytest.mark.parametrize(("payload", "secret"), [("text", b"secret"), (b"text", "hunter2"), (b"text", None)])
def test_sign_rejects_other_types(payload: object, secret: object) -> None:
    """An argument that is not bytes raises CredentialsError, which does not contain the secret."""
    with pytest.raises(CredentialsError, match="must be bytes") as caught:
        sign(payload, secret)  # type: ignore[arg-type]  # the wrong type is the case

    assert "hunter2" not in str(caught.value)


def test_sign_names_the_types_of_its_arguments() -> None:
    """The message names the types of payload and secret."""
    with pytest.raises(CredentialsError, match="payload is bytes, secret is str"):
        sign(b"text", "hunter2")  # type: ignore[arg-type]  # the wrong type is the case


def test_sign_keeps_the_secret_out_of_a_traceback_with_locals() -> None:
    """The frame that raises has no secret in its local variables."""
    with pytest.raises(CredentialsError) as caught:
        sign(b"text", "hunter2")  # type: ignore[arg-type]  # the wrong type is the case
    own = TracebackException(CredentialsError, caught.value, caught.tb.tb_next, capture_locals=True)

    assert "hunter2" not in "".join(own.format())
