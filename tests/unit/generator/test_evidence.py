"""The proof of an outcome in the generated client: values of success, repeated fields, reasons."""

from tests.unit.generator.specs import SMALL, replaced

EVIDENCE = """
import json
from gemini_clearing._operations import ERRORS, LIST_THEM, OPERATIONS, PLACE
print(json.dumps([
    PLACE.success, PLACE.echo, PLACE.echo_in_text, PLACE.rejected, PLACE.resolve.id, PLACE.resolve.submitted,
    sorted(ERRORS.known_reasons), sorted(ERRORS.inconclusive),
    LIST_THEM.success, LIST_THEM.echo, OPERATIONS == {"place": PLACE, "list_them": LIST_THEM},
]))
"""


def test_evidence_of_an_outcome_reaches_the_client_in_python_names(render):
    """The client declares what proves an outcome, and no name of it is on the wire only."""
    spec = SMALL.replace("direction: direction", "direction: theDirection").replace(
        "{status: [Open]}", "{state: [Open]}"
    )
    spec = replaced(spec, "        status: {$ref", "        state: {$ref")
    spec = replaced(
        spec,
        "        direction: {$ref: '#/components/schemas/Direction'}",
        "        theDirection: {$ref: '#/components/schemas/Direction'}",
    )

    assert render(spec).execute(EVIDENCE) == [
        {"state": ["Open"]}, {"direction": "the_direction"}, {"amount": "details"}, ["error"], ["id", "item_id"], "at",
        ["TooMuch", "TooOften"], ["TooOften"],
        {}, {}, True,
    ]  # fmt: skip


def test_enum_of_the_reasons_may_have_any_name(render):
    """The known reasons are those of the enum that error responses have."""
    spec = SMALL.replace("schemas/Reason'", "schemas/Cause'").replace("    Reason:", "    Cause:")

    assert render(spec).execute(EVIDENCE)[6:8] == [["TooMuch", "TooOften"], ["TooOften"]]


def test_spec_may_list_no_reasons(render):
    """Then no reason is known, and none is inconclusive."""
    spec = replaced(
        SMALL, "        reason: {$ref: '#/components/schemas/Reason'}\n", "        reason: {type: string}\n"
    )
    spec = replaced(spec, "x-inconclusive-reasons: [TooOften]", "x-inconclusive-reasons: []")

    assert render(spec).execute(EVIDENCE)[6:8] == [[], []]
