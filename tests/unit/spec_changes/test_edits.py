"""Each edit of the spec has the weight that a reviewer gave it before the comparison was first run."""

import copy
from pathlib import Path

import pytest

from gemini_clearing_changes import compare_specs, heaviest
from gemini_clearing_generator import Spec
from tests.spec.reading import DOCUMENT
from tests.unit.spec_changes.edits import EDITS, Edit

SPEC = Path(__file__).parents[3] / "openapi" / "clearing.yaml"


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_edit_has_the_weight_of_a_reviewer(edit: Edit) -> None:
    """The largest weight of the changes is the one in the table, and each change has a place and a reason."""
    document = copy.deepcopy(DOCUMENT)
    edit.apply(document)

    changes = compare_specs(Spec(SPEC, DOCUMENT), Spec(SPEC, document))

    assert heaviest(changes).label == edit.weight, [change.as_json() for change in changes]
    assert all(str(change.place) and change.what and change.reason for change in changes)


def test_equal_specs_have_no_changes() -> None:
    """A spec compared with a copy of itself has no change."""
    assert compare_specs(Spec(SPEC, DOCUMENT), Spec(SPEC, copy.deepcopy(DOCUMENT))) == []
