"""The Python API that an edited spec renders never has a larger weight than the reviewer's."""

import copy
import os
from typing import Any

import pytest

from gemini_clearing_changes import Change, Weight, compare_specs, heaviest
from gemini_clearing_changes._python_api import compare_python, rendered
from gemini_clearing_generator import GeneratorError, Spec
from tests.spec.reading import DOCUMENT
from tests.unit.spec_changes.edits import EDITS, Edit
from tests.unit.spec_changes.test_edits import SPEC

# griffe finds the first, and misses the others. `make spec-edits` renders all edits.
RENDERED = ("response field removed", "response field becomes required", "optional response field added")
_PICKED = EDITS if os.environ.get("SPEC_EDITS") == "all" else [edit for edit in EDITS if edit.name in RENDERED]


@pytest.fixture(scope="module")
def base() -> Any:
    """Return the API that the committed spec renders."""
    return rendered(Spec(SPEC, DOCUMENT))


def _changes(base: Any, edit: Edit) -> list[Change]:
    document = copy.deepcopy(DOCUMENT)
    edit.apply(document)
    return compare_python(base, rendered(Spec(SPEC, document)))


@pytest.mark.parametrize("edit", _PICKED, ids=lambda edit: edit.name)
def test_rendered_api_has_at_most_the_weight_of_a_reviewer(base: Any, edit: Edit) -> None:
    """The Python API can have a smaller weight than the spec, never a larger one; some edits cannot be rendered."""
    try:
        changes = _changes(base, edit)
    except GeneratorError:
        assert edit.weight in {"major", "minor"}
        return

    assert heaviest(changes) <= Weight[edit.weight.upper()]


def test_attribute_that_becomes_required_is_major_although_griffe_misses_it(base: Any) -> None:
    """griffe compares neither types of attributes nor constructors of attrs classes."""
    (edit,) = (edit for edit in EDITS if edit.name == "response field becomes required")

    changes = _changes(base, edit)

    assert {(change.what, change.reason == "griffe") for change in changes} == {
        ("type changed", False), ("optional → required", False),
    }  # fmt: skip
    assert heaviest(changes) is Weight.MAJOR


def test_griffe_finds_a_removed_attribute(base: Any) -> None:
    """The place is the path that users import, without private modules."""
    (edit,) = (edit for edit in EDITS if edit.name == "response field removed")

    found = [change for change in _changes(base, edit) if change.reason == "griffe"]

    assert [str(change.place) for change in found] == ["Python `gemini_clearing.PlacedOrder.is_confirmed`"]


def test_spec_is_compared_without_rendering() -> None:
    """A spec that today's generator rejects can still be compared."""
    document = copy.deepcopy(DOCUMENT)
    document.pop("x-error-format")

    assert heaviest(compare_specs(Spec(SPEC, document), Spec(SPEC, DOCUMENT))) is Weight.MINOR
