"""The Python reference: pages that Sphinx fills with the docstrings of the public names."""

import inspect
from types import ModuleType

import gemini_clearing
import gemini_clearing_mock
from gemini_clearing import errors

__all__ = ["python_pages"]

_CLIENTS = ("GeminiClearing", "AsyncGeminiClearing")
_CREDENTIALS = (
    "Credentials", "OAuthToken", "NonceSource", "IncrementalNonces", "TimeBasedNonces", "FileNonces", "RedisNonces",
)  # fmt: skip
_JOURNAL = ("Journal", "JournalEntry", "WriteEnd", "RecoveredWrite")
_SYNC = "The sync client. The guide is [The client](../docs/client.md)."
_ASYNC = "The same client with `await`. Every method has the arguments, results and errors of the sync client."


def python_pages() -> dict[str, str]:
    """Return the pages by name. Each public name of `gemini_clearing` is on one of them."""
    raised = [name for name in errors.__all__ if name in gemini_clearing.__all__]
    elsewhere = {*_CLIENTS, *_CREDENTIALS, *_JOURNAL, *raised, "errors", "__version__"}
    results = [name for name in gemini_clearing.__all__ if name not in elsewhere]
    return {
        "python/client": _page("`GeminiClearing`", _SYNC, "gemini_clearing", _CLIENTS[:1]),
        "python/async-client": _page("`AsyncGeminiClearing`", _ASYNC, "gemini_clearing", _CLIENTS[1:]),
        "python/results": _page("Results and values", "What calls return and take.", "gemini_clearing", results),
        "python/errors": _page(
            "Errors", "The guide is [When a call fails](../docs/when-a-call-fails.md).", "gemini_clearing", raised
        ),
        "python/credentials": _page(
            "Credentials and nonces", "Who signs, and with which number.", "gemini_clearing", _CREDENTIALS
        ),
        "python/journal": _page(
            "Journal", "The guide is [The journal of writes](../docs/journal.md).", "gemini_clearing", _JOURNAL
        ),
        "python/mock": _page(
            "Mock exchange", "The guide is [The mock exchange](../docs/mock.md).", "gemini_clearing_mock",
            _classes(gemini_clearing_mock),
        ),
    }  # fmt: skip


def _classes(module: ModuleType) -> list[str]:
    return [name for name in module.__all__ if inspect.isclass(getattr(module, name))]


def _page(title: str, text: str, module: str, names: "list[str] | tuple[str, ...]") -> str:
    directives = "\n\n".join(_directive(module, name) for name in names)
    return f"# {title}\n\n{text}\n\n```{{eval-rst}}\n.. currentmodule:: {module}\n\n{directives}\n```\n"


def _directive(module: str, name: str) -> str:
    value = getattr({"gemini_clearing": gemini_clearing, "gemini_clearing_mock": gemini_clearing_mock}[module], name)
    if not inspect.isclass(value):
        return f".. autodata:: {module}.{name}\n   :no-value:"
    return f".. autoclass:: {module}.{name}\n   :members:\n   :inherited-members: Exception, object, str, tuple"
