"""The tree of errors: as it is drawn, and the same on the far side of a pickle."""

import asyncio
import pickle
import re
from datetime import UTC, datetime
from typing import Any

import pytest

import gemini_clearing
from gemini_clearing_runtime import errors
from gemini_clearing_runtime.errors import (
    REJECTIONS,
    ArgumentError,
    ClearingError,
    ContractViolatedError,
    MaybeExecutedError,
    OutcomeUnknownError,
    RejectedError,
)
from tests.unit.client_runtime.scripted import answer

ALL = [getattr(errors, name) for name in errors.__all__]
MAYBE = [kind for kind in ALL if issubclass(kind, MaybeExecutedError)]
REJECTED = [kind for kind in ALL if issubclass(kind, RejectedError)]


def maybe(kind: type[MaybeExecutedError]) -> MaybeExecutedError:
    """An error of a call that may have been executed."""
    return kind(
        "lost", operation="write_it", payload="{}", nonce=7, sent_at=datetime(2026, 1, 1, tzinfo=UTC), raw=answer()
    )


def rejected(kind: type[RejectedError]) -> RejectedError:
    """An error of a call that was refused."""
    return kind(operation="write_it", reason="Why", message="No.", raw=answer(400))


def _drawn() -> dict[str, str]:
    """The parent of each error in the drawing at the top of the module."""
    drawing = re.search(r"^    ClearingError\n(?:    .*\n)+", errors.__doc__ or "", re.MULTILINE)
    assert drawing
    parents, levels = {}, ["ClearingError"]
    for line in drawing[0].splitlines()[1:]:
        depth = line.index("─") // 4
        for name in re.findall(r"\w+Error", line):
            parents[name] = levels[depth - 1]
            levels[depth:] = [name]
    return parents


def test_drawing_is_the_tree():
    """Every error stands in it once, under its parent."""
    parents = {kind.__name__: kind.__mro__[1].__name__ for kind in ALL if kind is not ClearingError}

    assert _drawn() == parents


def test_everything_that_can_be_raised_is_offered_by_the_client():
    """Users import one package."""
    assert set(errors.__all__) <= set(gemini_clearing.__all__)


def test_every_class_of_a_reason_is_named_after_it():
    """`InvalidSide` is `InvalidSideError`, and every such class but the one without a reason has a reason."""
    assert {reason: f"{reason}Error" for reason in REJECTIONS} == {r: kind.__name__ for r, kind in REJECTIONS.items()}
    assert set(REJECTED) - set(REJECTIONS.values()) == {RejectedError, errors.CancelFailedError}


def test_a_bad_argument_is_a_value_error_too():
    """What Python code expects of one."""
    assert issubclass(ArgumentError, ValueError)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_error_survives_pickling(kind):
    """Class, message and every attribute come back; what belongs to a live client does not."""
    error: Any
    if kind in REJECTED:
        error = rejected(kind)
    elif kind in MAYBE:
        error = maybe(kind)
        error._resolve = lambda: None
    else:
        error = kind("No.")
    error.add_note("A note.")

    again = pickle.loads(pickle.dumps(error))  # noqa: S301

    facts = {name: value for name, value in vars(error).items() if not name.startswith("_resolve")}
    assert (type(again), str(again), vars(again)) == (kind, str(error), facts)


def test_refusal_tells_operation_reason_and_message():
    """And without a reason it does without."""
    assert str(rejected(RejectedError)) == "write_it was refused: Why: No."
    silent = RejectedError(operation="write_it", reason=None, message="status 404 with an empty body", raw=answer(404))
    assert str(silent) == "write_it was refused: status 404 with an empty body"


def test_violated_contract_is_about_the_whole_answer_unless_told_otherwise():
    """Its place can always be printed."""
    assert maybe(ContractViolatedError).place == "$"  # type: ignore[attr-defined]


def test_resolve_of_an_error_without_client_says_so():
    """A pickled error cannot ask; the message says who can."""
    with pytest.raises(ArgumentError, match="This write_it is detached from its client: ask with a new one"):
        maybe(OutcomeUnknownError).resolve()
    with pytest.raises(ArgumentError, match="detached"):
        asyncio.run(maybe(OutcomeUnknownError).resolve_async())


def test_resolve_of_the_other_client_is_told():
    """A blocking question cannot be asked of an async client, nor the reverse."""
    awaited: Any = maybe(OutcomeUnknownError)
    blocking: Any = maybe(ContractViolatedError)
    awaited._resolve_async = blocking._resolve = lambda: None

    with pytest.raises(ArgumentError, match=r"by the other client: use await error.resolve_async\(\)"):
        awaited.resolve()
    with pytest.raises(ArgumentError, match=r"by the other client: use error.resolve\(\)"):
        asyncio.run(blocking.resolve_async())
