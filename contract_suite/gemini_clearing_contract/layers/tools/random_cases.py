"""hypothesis: settings for reproducible runs, and how its results are read."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky, HypothesisException, HypothesisWarning
from hypothesis.internal.conjecture import providers

from ...errors import SuiteError, guarded
from ...run.run import Context

__all__ = ["FoundError", "case_function", "random_settings", "run_random", "same_constants"]


class FoundError(AssertionError):
    """A case has a finding, which the session has reported; hypothesis then looks for a smaller case."""


# For functions that hypothesis calls: its own exceptions control the generation of cases.
case_function = guarded(FoundError, HypothesisException)


@contextmanager
def same_constants() -> Iterator[None]:
    """
    Keep hypothesis from using the constants in the source of the loaded modules as values.

    By default it does so for modules outside `site-packages`. The cases of a seed would then depend on which modules
    are loaded: those of the other layers, of the tests, and of the suite itself if it is not installed from a wheel.
    The names are private in hypothesis; with a version that has other ones, nothing is changed.
    """
    constants: Any = getattr(providers, "Constants", None)
    if constants is None or not all(hasattr(providers, name) for name in ("_get_local_constants", "CONSTANTS_CACHE")):
        yield
        return
    none, cache = constants(), dict[Any, Any]()
    with patch.multiple(providers, _get_local_constants=lambda: none, CONSTANTS_CACHE=cache):
        yield


def random_settings(context: Context, cases: int, **more: Any) -> settings:
    """Return settings under which the same seed gives the same cases in each run."""
    phases = (Phase.generate, Phase.shrink) if context.profile.shrink else (Phase.generate,)
    return settings(
        max_examples=cases,
        database=None,
        deadline=None,
        derandomize=False,
        phases=phases,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def run_random(test: Callable[[], object]) -> None:
    """
    Run a hypothesis test whose findings the session reports itself.

    Raises:
        SuiteError: An exception of another kind occurred, also if it did not occur again.
    """
    with same_constants(), warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        try:
            test()
        except FoundError:
            pass
        except Flaky as error:
            # A finding that depends on the server's state need not occur again.
            others = [one for one in getattr(error, "exceptions", ()) if not isinstance(one, FoundError)]
            if others:
                raise SuiteError.caused_by(others[0]) from error
