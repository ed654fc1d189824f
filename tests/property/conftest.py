"""A fixture: an environment without the variables that clients read."""

import pytest

_VARIABLES = ("GEMINI_API_KEY", "GEMINI_API_SECRET", "GEMINI_OAUTH_TOKEN", "GEMINI_BASE_URL", "GEMINI_ENVIRONMENT")
_PROXIES = [name for one in ("https_proxy", "http_proxy", "all_proxy", "no_proxy") for name in (one, one.upper())]


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variables that clients read."""
    for name in (*_VARIABLES, *_PROXIES):
        monkeypatch.delenv(name, raising=False)
