"""
Calls of a client with `strict=True`: they raise `DriftError` if a response has something that the spec does not list.

The call itself is unchanged, with its hooks, its retries and its entries in the journal. Queries about a
write are not strict, because they must reach their conclusion. `_drift` finds what the spec does not list.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from ._call import CallSteps, run_call
from ._context import CallContext
from ._events import DriftEvent
from ._model import Model
from ._observation import outcome_of
from ._operation import Operation
from .errors import ClearingError, DriftError

__all__ = ["run_strict_call"]

R = TypeVar("R", bound=Model)


def run_strict_call(
    context: CallContext, operation: Operation[R], sent: Mapping[str, Any], *, deadline: float
) -> CallSteps[R]:
    """
    Run one call to its result, see `run_call`.

    Raises:
        DriftError: the client is strict, and a response to the call has something that the spec does not list.
    """
    if not context.strict:
        return run_call(context, operation, sent, deadline=deadline)
    return _run_and_check(context, operation, sent, deadline)


def _run_and_check(
    context: CallContext, operation: Operation[R], sent: Mapping[str, Any], deadline: float
) -> CallSteps[R]:
    drift: list[DriftEvent] = []
    try:  # the result is returned as it comes: an interruption here would not be reported
        return (yield from run_call(context, operation, sent, deadline=deadline, drift=drift))
    except DriftError:
        raise
    except ClearingError as error:
        if not drift:
            raise
        raise DriftError(operation=operation.name, drift=drift, outcome=outcome_of(error), end=error) from error
