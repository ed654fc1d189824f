"""Specmatic's output is read, and compared with our changes in both directions."""

import copy
import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from gemini_clearing_changes import Change, Place, Weight, compare_specs
from gemini_clearing_changes._report import FORMATS, Comparison
from gemini_clearing_changes.second_opinion._disagreements import SecondOpinion, compare_opinions
from gemini_clearing_changes.second_opinion._lines import text_lines
from gemini_clearing_changes.second_opinion._output import Finding, NoResult, SpecmaticResult, read_output
from gemini_clearing_generator import Spec
from tests.spec.reading import DOCUMENT
from tests.unit.spec_changes.editing import field, operation, rename_path, schema
from tests.unit.spec_changes.edits import EDITS
from tests.unit.spec_changes.specmatic_output import COMPATIBLE, INCOMPATIBLE, finding, printed
from tests.unit.spec_changes.test_edits import SPEC

NEW, LIST = "/v1/clearing/new", "/v1/clearing/list"
GONE = "This API exists in the old contract but not in the new contract"
NOTE = 'New specification expects property "note" in the request'


def _result(output: str) -> SpecmaticResult:
    found = read_output(output, 0 if output == COMPATIBLE else 1)
    assert isinstance(found, SpecmaticResult)
    return found


def _compared(edit: Callable[[dict[str, Any]], Any], *findings: str) -> SecondOpinion:
    """Return the comparison of our changes after an edit with the findings of Specmatic."""
    document = copy.deepcopy(DOCUMENT)
    edit(document)
    before, after = Spec(SPEC, DOCUMENT), Spec(SPEC, document)
    return compare_opinions(_result(printed(*findings)), compare_specs(before, after), before, after)


def _sides(second: SecondOpinion) -> list[str]:
    return [
        one.findings[0].place or "whole" if one.findings else f"us: {one.ours[0].place}" for one in second.disagreements
    ]


def test_output_without_findings_is_backward_compatible() -> None:
    """The version and the result are read."""
    assert _result(COMPATIBLE) == SpecmaticResult("2.55.3", True, ())


def test_findings_are_read_once_with_their_responses() -> None:
    """A finding of a request, which is repeated for each response, is one finding; rules and positions are left out."""
    assert _result(INCOMPATIBLE).findings == (
        Finding(NEW, "REQUEST.BODY.note", NOTE, ("200", "400")),
        Finding(NEW, "", GONE, ("406",)),
        Finding(LIST, "RESPONSE.BODY.orders", "Type (ListedOrder) does not exist", ("200",)),
        Finding(LIST, "RESPONSE.BODY.orders.side", "Type (Side) does not exist", ("200",)),
    )


@pytest.mark.parametrize(
    ("output", "status", "reason"),
    [
        ("", 1, "run, but it gave no result (exit status 1; it printed nothing)"),
        ("Error: LinkageError occurred\n", 1, "exit status 1; its last line: Error: LinkageError occurred"),
        (COMPATIBLE.replace("v2.55.3", "next"), 0, "run, but it gave no result"),
        (COMPATIBLE + COMPATIBLE, 0, "run, but it gave no result"),
        (COMPATIBLE, 1, 'cannot be read: exit status 1, 0 scenarios, and the result "backward compatible"'),
        (INCOMPATIBLE, 0, 'cannot be read: exit status 0, 4 scenarios, and the result "not backward compatible"'),
        (COMPATIBLE.replace("is backward", "is not backward"), 1, "cannot be read: exit status 1, 0 scenarios"),
        (INCOMPATIBLE.replace("is not backward", "is backward"), 0, "cannot be read: exit status 0, 4 scenarios"),
        (INCOMPATIBLE.replace(f"API: POST {LIST}", "List"), 1, "cannot be read: exit status 1, 4 scenarios"),
    ],
    ids=["silent", "old Java", "no version", "two results", "status", "status 0", "no findings", "findings", "no API"],
)  # fmt: skip
def test_output_that_contradicts_itself_is_no_result(output: str, status: int, reason: str) -> None:
    """Result, exit status and findings must fit each other; anything else is never read as an agreement."""
    found = read_output(output, status)

    assert isinstance(found, NoResult)
    assert reason in found.reason


def _require_note(document: dict[str, Any]) -> None:
    schema(document, "CreateOrderRequest")["properties"]["note"] = {"type": "string"}
    schema(document, "CreateOrderRequest")["required"].append("note")


def _remove_side(document: dict[str, Any]) -> None:
    del schema(document, "ListedOrder")["properties"]["side"]


@pytest.mark.parametrize(
    ("edit", "findings"),
    [
        (_require_note, [finding("200", "REQUEST.BODY.note", NOTE), finding("400", "REQUEST.BODY.note", NOTE)]),
        (_remove_side, [finding("200", "RESPONSE.BODY.orders.side", "it is missing", LIST)]),
        (_remove_side, [finding("200", "RESPONSE.BODY.orders", "another type", LIST)]),
        (lambda d: d["paths"].pop(LIST), [finding("200", "", GONE, LIST), finding("400", "", GONE, LIST)]),
        (rename_path, [finding("200", "", GONE, LIST), finding("400", "", GONE, LIST)]),
        (
            lambda d: operation(d, "new")["security"].pop(),
            [finding("200", "REQUEST.PARAMETERS.HEADER.X-GEMINI-APIKEY", "it is missing")],
        ),
        (
            lambda d: d["components"]["securitySchemes"]["ApiKey"].update(name="X-GEMINI-KEY"),
            [finding("200", "REQUEST.PARAMETERS.HEADER.X-GEMINI-KEY", "it is missing", LIST)],
        ),
        (
            lambda d: field(d, "FailedCancel", "result").update(const="no"),
            [finding("400", "RESPONSE.BODY.result", "another value")],
        ),
        (lambda d: operation(d, "new").update(description="Another text."), []),
    ],
    ids=["request", "response", "object around it", "operation", "path", "security", "scheme", "error", "texts"],
)  # fmt: skip
def test_finding_at_a_major_change_agrees(edit: Callable[[dict[str, Any]], Any], findings: list[str]) -> None:
    """A finding at the place of a major change, or at an object around it, is an agreement."""
    assert _sides(_compared(edit, *findings)) == []


@pytest.mark.parametrize(
    ("edit", "findings", "sides"),
    [
        (_require_note, [], ["us: create_order, request field `note`"]),
        (
            _require_note,
            [finding("200", "RESPONSE.BODY.note", NOTE)],
            ["us: create_order, request field `note`", "RESPONSE.BODY.note"],
        ),
        (
            _require_note,
            [finding("200", "REQUEST.BODY.note", NOTE, LIST)],
            ["us: create_order, request field `note`", "REQUEST.BODY.note"],
        ),
        (
            _require_note,
            [finding("200", "REQUEST.BODY.notes", NOTE)],
            ["us: create_order, request field `note`", "REQUEST.BODY.notes"],
        ),
        (
            lambda d: operation(d, "new").update(operationId="place_order"),
            [finding("406", "", GONE)],
            ["us: create_order", "whole"],
        ),
        (
            lambda d: operation(d, "new").update({"x-roles": ["Auditor"]}),
            [finding("200", "", GONE)],
            ["us: create_order, x-roles", "whole"],
        ),
        (
            lambda d: field(d, "PlacedOrder", "result").update(type="integer"),
            [finding("400", "RESPONSE.BODY.result", "another type")],
            ["us: create_order, response field `result`", "RESPONSE.BODY.result"],
        ),
    ],
    ids=["silent", "direction", "operation", "field", "name", "extension", "error"],
)  # fmt: skip
def test_disagreements_have_both_directions(
    edit: Callable[[dict[str, Any]], Any], findings: list[str], sides: list[str]
) -> None:
    """A major change without a finding, and a finding without a major change, are both listed."""
    assert _sides(_compared(edit, *findings)) == sides


def test_change_at_several_places_names_those_without_a_finding() -> None:
    """A major change that Specmatic reports for one operation only is a disagreement for the others."""
    (edit,) = (edit for edit in EDITS if edit.name == "response maximum lowered")

    second = _compared(edit.apply, finding("200", "RESPONSE.BODY.timestampms", "another maximum"))
    ((change,),) = (one.ours for one in second.disagreements)

    assert [str(place) for place in (change.place, *change.also)] == [
        "get_order, response field `timestampms`",
        "list_broker_orders, response field `orders[].submission`",
        "list_broker_orders, response field `orders[].expiration`",
    ]


def test_smaller_change_is_the_evidence_against_a_finding() -> None:
    """A finding that is minor for us is listed with our change and its reason."""
    second = _compared(lambda d: operation(d, "new")["responses"].pop("406"), finding("406", "", GONE))

    assert text_lines(second) == [
        "Second opinion, Specmatic 2.55.3: not backward compatible; 1 disagreement.",
        "  only Specmatic: create_order, response 406",
        f"      {GONE}; for us minor: removed, the client treats every error status the same way",
    ]


def _comparison(second: SecondOpinion | None, changes: list[Change]) -> Comparison:
    return Comparison("v0.1.0", "0.1.0", "0.1.0", changes, (), second)


def _report(second: SecondOpinion, name: str) -> str:
    return FORMATS[name](_comparison(second, []))


def test_every_format_lists_the_disagreements_with_both_evidences() -> None:
    """Text, JSON and Markdown have the same two disagreements."""
    second = _compared(_require_note, finding("200", "RESPONSE.BODY.a|b", "Type mismatch"))

    text, markdown = _report(second, "text"), _report(second, "markdown")
    data = json.loads(_report(second, "json"))["second_opinion"]

    assert (
        "  only us: create_order, request field `note`: added\n      every existing call lacks it; Specmatic re" in text
    )
    assert "  only Specmatic: create_order, `RESPONSE.BODY.a|b`\n      Type mismatch; we have no change there" in text
    assert "| Specmatic | create_order, `RESPONSE.BODY.a\\|b` | Type mismatch | we have no change there |" in markdown
    assert "| us | create_order, request field `note`: added | every existing call lacks it | Specmatic re" in markdown
    assert (data["backward_compatible"], data["agrees"], data["version"]) == (False, False, "2.55.3")
    counts = [(one["incompatible_only_for"], len(one["ours"]), len(one["specmatic"])) for one in data["disagreements"]]
    assert counts == [("us", 1, 0), ("Specmatic", 0, 1)]


@pytest.mark.parametrize(
    ("second", "line"),
    [
        (
            _compared(lambda d: d["info"].update(version="1.0.1")),
            "Second opinion, Specmatic 2.55.3: backward compatible, and agrees: no change of the spec is major.",
        ),
        (
            _compared(_require_note, finding("200", "REQUEST.BODY.note", NOTE)),
            "Second opinion, Specmatic 2.55.3: not backward compatible, and agrees with each major change.",
        ),
        (
            SecondOpinion(NoResult("not run, Java is not installed")),
            "Second opinion, Specmatic: not run, Java is not installed.",
        ),
    ],
    ids=["compatible", "incompatible", "not run"],
)
def test_agreement_and_missing_opinion_are_one_line(second: SecondOpinion, line: str) -> None:
    """Without a disagreement each format has one line; only an opinion can agree."""
    data = json.loads(_report(second, "json"))["second_opinion"]

    assert text_lines(second) == [line]
    assert _report(second, "markdown").endswith(f"\n{line}")
    assert data.get("agrees") == (None if isinstance(second.result, NoResult) else True)


def test_changes_that_specmatic_cannot_see_are_counted() -> None:
    """Major changes of the Python API and of BASE's tests are neither an agreement nor a disagreement."""
    spec = Spec(SPEC, DOCUMENT)
    python = Change(Weight.MAJOR, Place(None, "Python", "gemini_clearing.X"), "removed", "griffe", source="python")

    second = compare_opinions(_result(COMPATIBLE), [python, attrs.evolve(python, source="runs")], spec, spec)

    assert second.disagreements == ()
    remark = "2 major changes of the Python API, or in the tests of BASE"
    assert text_lines(second)[1:] == [f"Not compared with Specmatic, which reads only the specs: {remark}."]


def test_second_opinion_changes_neither_weight_nor_version() -> None:
    """The result is ours, whatever Specmatic says."""
    second = _compared(lambda d: operation(d, "new")["responses"].pop("406"), finding("406", "", GONE))
    minor = [Change(Weight.MINOR, Place(), "added", "new")]

    assert _comparison(second, minor).summary() == _comparison(None, minor).summary()
