"""hypothesis, as the layers use it."""

from __future__ import annotations

from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings

from ...run.run import Context

__all__ = ["REPORTED", "FoundError", "random_settings"]


class FoundError(AssertionError):
    """A case showed a fault; hypothesis looks for a smaller one."""


# A fault that does not show on every try was reported on the try on which it did.
REPORTED = (FoundError, hypothesis.errors.Flaky)


def random_settings(context: Context, cases: int, **more: Any) -> settings:
    """Settings under which the same seed gives the same cases, whatever was run before."""
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
