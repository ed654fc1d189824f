"""
Specmatic, run on each edit of the table by `make second-opinion`.

It takes minutes, so `make test` does not collect this file.
Without Java, or without Specmatic, each edit is skipped with the reason.
"""

import copy
from pathlib import Path

import pytest

from gemini_clearing_changes import compare_specs
from gemini_clearing_changes.second_opinion._disagreements import compare_opinions
from gemini_clearing_changes.second_opinion._output import NoResult
from gemini_clearing_changes.second_opinion._specmatic import specmatic_jar, specmatic_opinion
from gemini_clearing_generator import Spec
from tests.spec.reading import DOCUMENT
from tests.unit.spec_changes.edits import EDITS
from tests.unit.spec_changes.test_edits import SPEC
from tests.unit.spec_changes.test_specmatic import rows

# Specmatic tries generated values, so that its result can depend on chance: for the edit `request maximum lowered`, one
# of four runs called the specs compatible.
RUNS = 4


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["edit"])
def test_specmatic_says_what_is_recorded(row: dict[str, str]) -> None:
    """A run has the result and disagreements of `second_opinion.tsv`; correct row, reason and guide if none has."""
    (edit,) = (edit for edit in EDITS if edit.name == row["edit"])
    document = copy.deepcopy(DOCUMENT)
    edit.apply(document)
    recorded = {name: row[name] for name in ("specmatic", "only us", "only specmatic")}
    results: list[dict[str, str]] = []

    while recorded not in results and len(results) < RUNS:
        results.append(_result(Spec(SPEC, DOCUMENT), Spec(SPEC, document)))

    assert recorded == results[-1]


def _result(before: Spec, after: Spec) -> dict[str, str]:
    opinion = specmatic_opinion(before.document, after.document, specmatic_jar(Path()))
    if isinstance(opinion, NoResult) and opinion.reason.startswith("not run"):
        pytest.skip(f"second opinion: {opinion.reason}")
    assert not isinstance(opinion, NoResult), opinion.reason
    found = compare_opinions(opinion, compare_specs(before, after), before, after).disagreements
    theirs = sum(bool(one.findings) for one in found)
    return {
        "specmatic": "compatible" if opinion.is_compatible else "incompatible",
        "only us": str(len(found) - theirs),
        "only specmatic": str(theirs),
    }
