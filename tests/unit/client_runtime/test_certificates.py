"""The certificates that a client trusts: from the option, from the environment, or as httpx does."""

import ssl

import httpx
import pytest
import trustme

from gemini_clearing_runtime._certificates import choose_certificates
from gemini_clearing_runtime.errors import ArgumentError


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def pem():
    """Return the certificate of an authority."""
    return trustme.CA().cert_pem.bytes()


@pytest.fixture
def file(tmp_path, pem):
    """Return the path of a file with one certificate."""
    path = tmp_path / "ca.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture
def directory(tmp_path, pem):
    """Return the path of a directory as `openssl rehash` makes it."""
    path = tmp_path / "certificates"
    path.mkdir()
    (path / "0123abcd.0").write_bytes(pem)
    return path


def test_default_is_what_httpx_trusts():
    """Hosts are verified, against the authorities of httpx."""
    context = choose_certificates(None)

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats()["x509_ca"] > 50


def test_default_is_read_once(monkeypatch, file):
    """All clients share the default authorities, and no others; a new class of contexts is asked again."""
    default = choose_certificates(None)
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    assert choose_certificates(None) is default
    assert choose_certificates(file) is not choose_certificates(file)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: other)
    assert choose_certificates(None) is default
    monkeypatch.setattr(ssl, "SSLContext", type("Other", (ssl.SSLContext,), {}))
    assert choose_certificates(None) is other


@pytest.mark.parametrize("as_text", [True, False])
def test_option_replaces_the_default(file, as_text):
    """Only the certificates of the file are trusted, and hosts are still verified."""
    context = choose_certificates(str(file) if as_text else file)

    assert context.cert_store_stats()["x509_ca"] == 1
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_option_may_be_a_directory_or_a_context(directory):
    """OpenSSL looks a directory's certificates up when it needs them; a context is used unchanged."""
    context = ssl.create_default_context()

    assert choose_certificates(directory).cert_store_stats()["x509_ca"] == 0
    assert choose_certificates(context) is context


def test_environment_replaces_the_default_and_the_option_replaces_both(file, directory, monkeypatch):
    """`SSL_CERT_FILE` and `SSL_CERT_DIR` may be set together."""
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSL_CERT_DIR", str(directory))

    assert choose_certificates(None).cert_store_stats()["x509_ca"] == 1
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    assert choose_certificates(file).cert_store_stats()["x509_ca"] == 1


def test_empty_variable_is_not_set(monkeypatch):
    """An empty value means the default, as for other programs."""
    monkeypatch.setenv("SSL_CERT_FILE", "")

    assert choose_certificates(None).cert_store_stats()["x509_ca"] > 50


@pytest.mark.parametrize("name", ["verify", "SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file or directory"),
        (b"", "contains no certificate"),
        (b"nonsense", "contains no certificate"),
        ("directory", None),
    ],
)
def test_path_without_certificates_is_an_error_that_names_it(name, content, problem, tmp_path, monkeypatch):
    """The message has the option or the variable, the path, and what to give instead."""
    path = tmp_path / "certificates"
    if content == "directory":
        path.mkdir()
        problem = "Is a directory" if name == "SSL_CERT_FILE" else "contains no certificate"
    elif content is not None:
        path.write_bytes(content)
        problem = "Not a directory" if name == "SSL_CERT_DIR" else problem
    if name != "verify":
        monkeypatch.setenv(name, str(path))

    with pytest.raises(ArgumentError) as invalid:
        choose_certificates(path if name == "verify" else None)
    assert str(invalid.value).startswith(f"{name} {path}: {problem}. Use certificates in PEM form")
    assert invalid.value.__cause__ is None


def test_path_with_a_null_character_is_an_error():
    """The system cannot take it as a path."""
    with pytest.raises(ArgumentError, match=r"^verify 'a.*': embedded null"):
        choose_certificates("a\0b")


@pytest.mark.parametrize("value", [True, False, 5, b"/ca.pem"])
def test_verification_cannot_be_turned_off(value):
    """`verify=False` is an error, not a client that trusts every server."""
    with pytest.raises(ArgumentError, match=r"^invalid verify: .*\. Pass the path of a file or directory"):
        choose_certificates(value)
