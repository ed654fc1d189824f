"""The origin: accepted base URLs, and the requests that can be signed."""

import httpx
import pytest

from gemini_clearing_auth._origin import Origin
from gemini_clearing_auth.errors import UnsignableRequestError

SANDBOX = "https://api.sandbox.gemini.com"


def post(url: str) -> httpx.Request:
    """Return a POST to this URL."""
    return httpx.Request("POST", url, content=b"{}")


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        (SANDBOX, f"{SANDBOX}/v1/clearing/new"),
        (f"{SANDBOX}/", f"{SANDBOX}:443/v1/clearing/new"),
        (f"{SANDBOX}:443", "HTTPS://API.SANDBOX.GEMINI.COM/v1/clearing/new"),
        ("http://127.0.0.1", "http://127.0.0.1:80/v1/clearing/new"),
        ("http://127.8.9.10:8080", "http://127.8.9.10:8080/v1/clearing/new"),
        ("http://localhost:8080", "http://localhost:8080/v1/clearing/new"),
        ("http://[::1]:8080", "http://[::1]:8080/v1/clearing/new"),
        ("https://proxy.example/gemini", "https://proxy.example/gemini/v1/clearing/new"),
        ("https://proxy.example/a%20b/", "https://proxy.example/a%20b/v1/clearing/new"),
    ],
)
def test_origin_returns_the_path_alone(base_url: str, url: str) -> None:
    """The signed `request` is the exchange's own path, without a proxy's prefix."""
    assert Origin(base_url).endpoint(post(url)) == "/v1/clearing/new"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.gemini.com/v1/clearing/new",
        "https://api.sandbox.gemini.com:8443/v1/clearing/new",
        "http://api.sandbox.gemini.com/v1/clearing/new",
        "https://api.sandbox.gemini.com.evil.example/v1/clearing/new",
        "https://api.sandbox.gemini.com@evil.example/v1/clearing/new",
        "https://api.sandbox.gemini.com./v1/clearing/new",
    ],
)
def test_origin_rejects_other_origins(url: str) -> None:
    """Scheme, host and port must be those of the credentials; the message names both origins."""
    with pytest.raises(UnsignableRequestError, match=rf"The credentials are for {SANDBOX}"):
        Origin(SANDBOX).endpoint(post(url))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_origin_rejects_other_methods(method: str) -> None:
    """Private endpoints accept POST only."""
    with pytest.raises(UnsignableRequestError, match=f"method must be POST, not {method}"):
        Origin(SANDBOX).endpoint(httpx.Request(method, f"{SANDBOX}/v1/clearing/new"))


@pytest.mark.parametrize("query", ["?", "?a=b"])
def test_origin_rejects_a_query(query: str) -> None:
    """A query string is rejected, even an empty one, because it is not signed."""
    with pytest.raises(UnsignableRequestError, match="query string"):
        Origin(SANDBOX).endpoint(post(f"{SANDBOX}/v1/clearing/new{query}"))


@pytest.mark.parametrize("path", ["/v1/clearing/new", "/gemini2/v1/clearing/new", "/gemini"])
def test_origin_rejects_a_path_outside_its_prefix(path: str) -> None:
    """A path that is not below the base URL is rejected."""
    with pytest.raises(UnsignableRequestError, match="is not below"):
        Origin("https://proxy.example/gemini").endpoint(post(f"https://proxy.example{path}"))


@pytest.mark.parametrize(
    ("base_url", "message"),
    [
        ("http://api.gemini.com", "is not encrypted"),
        ("http://10.0.0.1", "is not encrypted"),
        ("http://localhost.example", "is not encrypted"),
        ("http://0.0.0.0", "is not encrypted"),
        ("ftp://api.gemini.com", "must be scheme and host only"),
        ("api.gemini.com", "must be scheme and host only"),
        ("https://", "must be scheme and host only"),
        ("", "must be scheme and host only"),
        ("https://me:mine@api.gemini.com", "must be scheme and host only"),
        ("https://api.gemini.com/?a=b", "must be scheme and host only"),
        ("https://api.gemini.com:port", "not a URL"),
        (None, "not a URL"),
    ],
)
def test_origin_rejects_a_base_url(base_url: str, message: str) -> None:
    """An invalid base URL is rejected at construction, without showing its password."""
    with pytest.raises(UnsignableRequestError, match=message) as caught:
        Origin(base_url)

    assert "mine" not in str(caught.value)
