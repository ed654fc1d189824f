"""The options that were given to a client, and the defaults of those that were not."""

from collections.abc import Mapping
from typing import Any, Final

from ._identity import Options

__all__ = [
    "DEFAULT_MAX_RESPONSE_BYTES",
    "DEFAULT_TIMEOUT_S",
    "FROM_ENVIRONMENT",
    "HOOKS",
    "UNCHANGED",
    "given_options",
]

DEFAULT_TIMEOUT_S = 30.0
DEFAULT_MAX_RESPONSE_BYTES = 32 * 1024 * 1024
HOOKS = ("on_request", "on_response", "on_error", "on_unknown", "on_drift")


class _Default:
    """The default of an option, for which None is a value."""

    def __init__(self, meaning: str) -> None:
        self._meaning = meaning

    def __repr__(self) -> str:
        return f"<{self._meaning}>"


FROM_ENVIRONMENT: Final[Any] = _Default("from the environment")
"""The default of an option of `from_env` that an environment variable can set."""
UNCHANGED: Final[Any] = _Default("unchanged")
"""The default of an option of `with_options`."""


def given_options(parameters: Mapping[str, Any]) -> Options:
    """Return the options of a client from the parameters of its constructor; unknown ones have no value."""
    # No error here: in its traceback, the variables of the constructor would show the secret.
    own = {"self", "cls", "transport", "unknown"}
    given = {name: value for name, value in parameters.items() if name not in own and value is not FROM_ENVIRONMENT}
    return Options(given | dict.fromkeys(parameters["unknown"]))
