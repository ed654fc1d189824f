"""The tree of errors: it is as documented, and errors can be pickled."""

import asyncio
import pickle
import re
from datetime import UTC, datetime
from typing import Any

import pytest

import gemini_clearing
from gemini_clearing_runtime import CallOutcome, InvalidRow, errors
from gemini_clearing_runtime.errors import (
    REJECTIONS,
    ArgumentError,
    ClearingError,
    ContractViolatedError,
    MaybeExecutedError,
    OutcomeUnknownError,
    RejectedError,
)
from tests.unit.client_runtime.scripted import response

ALL = [getattr(errors, name) for name in errors.__all__]
MAYBE = [kind for kind in ALL if issubclass(kind, MaybeExecutedError)]
REJECTED = [kind for kind in ALL if issubclass(kind, RejectedError)]

OF_WAIT: dict[str, Any] = {"operation": "wait_for_it", "order": None}
OF_WALK: dict[str, Any] = {"operation": "walk_it"}
YEAR = {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": datetime(2027, 1, 1, tzinfo=UTC)}
UNFINISHED: dict[Any, dict[str, Any]] = {
    errors.UnfinishedError: OF_WALK,
    errors.WalkError: OF_WALK,
    errors.IncompleteWalkError: {**OF_WALK, **YEAR},
    errors.RateWaitError: {"wait_s": 2.5},
    **dict.fromkeys((errors.WaitError, errors.OrderEndedError, errors.WaitTimeoutError), OF_WAIT),
}
INVALID: dict[str, Any] = {**OF_WALK, "rows": [], "invalid": (InvalidRow(b"{}", "$", "missing"),)}
DRIFTED: dict[str, Any] = {**OF_WALK, "drift": (), "outcome": CallOutcome.EXECUTED, "end": None}
WITHOUT_TEXT: dict[Any, dict[str, Any]] = {errors.InvalidRowsError: INVALID, errors.DriftError: DRIFTED}


def maybe(kind: type[MaybeExecutedError]) -> MaybeExecutedError:
    """Return an error of a call that may have been executed."""
    return kind(
        "lost", operation="write_it", payload="{}", nonce=7, sent_at=datetime(2026, 1, 1, tzinfo=UTC), raw=response()
    )


def rejected(kind: type[RejectedError]) -> RejectedError:
    """Return an error of a call that was rejected."""
    return kind(operation="write_it", reason="Why", message="No.", raw=response(400))


def _documented() -> dict[str, str]:
    """Return the parent of each error in the tree at the top of the module."""
    tree = re.search(r"^    ClearingError\n(?:    .*\n)+", errors.__doc__ or "", re.MULTILINE)
    assert tree
    parents, levels = {}, ["ClearingError"]
    for line in tree[0].splitlines()[1:]:
        depth = line.index("─") // 4
        for name in re.findall(r"\w+Error", line):
            parents[name] = levels[depth - 1]
            levels[depth:] = [name]
    return parents


def test_documented_tree_is_the_real_one():
    """The documented tree has every error once, below its parent."""
    parents = {kind.__name__: kind.__mro__[1].__name__ for kind in ALL if kind is not ClearingError}

    assert _documented() == parents


def test_all_errors_are_exported_by_the_client():
    """Users need to import one package only."""
    assert set(errors.__all__) <= set(gemini_clearing.__all__)


def test_class_of_a_reason_has_its_name():
    """`InvalidSide` becomes `InvalidSideError`. Only `CancelFailedError` has no reason."""
    assert {reason: f"{reason}Error" for reason in REJECTIONS} == {r: kind.__name__ for r, kind in REJECTIONS.items()}
    assert set(REJECTED) - set(REJECTIONS.values()) == {RejectedError, errors.CancelFailedError}


def test_argument_error_is_a_value_error():
    """Python code expects a `ValueError` for an invalid argument."""
    assert issubclass(ArgumentError, ValueError)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_error_can_be_pickled(kind):
    """Class, message and attributes are restored, except for the connection to the client."""
    error: Any
    if kind in REJECTED:
        error = rejected(kind)
    elif kind in MAYBE:
        error = maybe(kind)
        error._resolve = lambda: None
    else:
        error = kind(**WITHOUT_TEXT[kind]) if kind in WITHOUT_TEXT else kind("No.", **UNFINISHED.get(kind, {}))
    error.add_note("A note.")

    again = pickle.loads(pickle.dumps(error))  # noqa: S301  (the test's own bytes)

    facts = {name: value for name, value in vars(error).items() if not name.startswith("_resolve")}
    assert (type(again), str(again), vars(again)) == (kind, str(error), facts)


def test_rejection_names_operation_reason_and_message():
    """A rejection without a reason has the message only."""
    assert str(rejected(RejectedError)) == "write_it was rejected: Why: No."
    without_reason = RejectedError(
        operation="write_it", reason=None, message="status 404 with an empty body", raw=response(404)
    )
    assert str(without_reason) == "write_it was rejected: status 404 with an empty body"


def test_violation_has_the_whole_response_as_its_default_place():
    """`place` always has a value."""
    assert maybe(ContractViolatedError).place == "$"  # type: ignore[attr-defined]  # this class has it


def test_resolve_without_a_client_raises():
    """An error from a pickle has no client. The message says what to do."""
    with pytest.raises(
        ArgumentError, match=r"^this error of write_it has no client\. Query the order with a new client\.$"
    ):
        maybe(OutcomeUnknownError).resolve()
    with pytest.raises(ArgumentError, match="has no client"):
        asyncio.run(maybe(OutcomeUnknownError).resolve_async())


def test_resolve_of_the_other_client_raises():
    """`resolve()` needs the blocking client, `resolve_async()` the async one. The message names the right method."""
    awaited: Any = maybe(OutcomeUnknownError)
    blocking: Any = maybe(ContractViolatedError)
    awaited._resolve_async = blocking._resolve = lambda: None

    with pytest.raises(ArgumentError, match=r"by the other client\. Use await error\.resolve_async\(\)\.$"):
        awaited.resolve()
    with pytest.raises(ArgumentError, match=r"by the other client\. Use error\.resolve\(\)\.$"):
        asyncio.run(blocking.resolve_async())
