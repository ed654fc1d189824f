"""Invalid specs: the proof of an outcome is missing, or a response cannot have it."""

import pytest

from tests.unit.generator.specs import SMALL, line_of, replaced

PLACE = "paths./v1/place.post"

INVALID = [
    (
        "        id: {id: itemId}\n",
        "",
        "x-resolve:",
        f"{PLACE}.x-resolve: missing `id`",
    ),
    (
        "id: {id: itemId}",
        "id: {id: number}",
        "id: {id: number}",
        f"{PLACE}.x-resolve.id.id: unknown field number",
    ),
    (
        "id: {id: itemId}",
        "id: {id: itemId, status: itemId}",
        "id: {id: itemId, status: itemId}",
        f"{PLACE}.x-resolve.id: 2 pairs of fields. An order has one id",
    ),
    (
        "        submitted: at\n",
        "",
        "x-resolve:",
        f"{PLACE}.x-resolve: missing `submitted`",
    ),
    (
        "submitted: at",
        "submitted: placedAt",
        "submitted: placedAt",
        f"{PLACE}.x-resolve.submitted: unknown field placedAt of a listed order",
    ),
    (
        "      x-success: {status: [Open]}\n",
        "",
        "post:",
        f"{PLACE}: missing `x-success`: it lists the values that prove that the write was executed",
    ),
    (
        "x-success: {status: [Open]}",
        "x-success: {condition: [Open]}",
        "x-success:",
        f"{PLACE}.x-success.condition: unknown field condition of the response",
    ),
    (
        "x-success: {status: [Open]}",
        "x-success: {status: []}",
        "x-success:",
        f"{PLACE}.x-success.status: no values. List the values that mean success",
    ),
    (
        "x-success: {status: [Open]}",
        "x-success: {status: Open}",
        "x-success:",
        f"{PLACE}.x-success.status: not a list: 'Open'. List the values that mean success",
    ),
    (
        "x-success: {status: [Open]}",
        "x-success: {status: [Open, Opened]}",
        "x-success:",
        f"{PLACE}.x-success.status.1: unknown value Opened. Add it to the enum first",
    ),
    (
        "x-success: {status: [Open]}",
        "x-success: {id: [error]}",
        "x-success:",
        f"{PLACE}.x-success.id.0: error marks an error response, so it cannot mean success",
    ),
    (
        "x-echo: {direction: direction,",
        "x-echo: {way: direction,",
        "x-echo:",
        f"{PLACE}.x-echo.way: unknown field way",
    ),
    (
        "x-echo: {direction: direction,",
        "x-echo: {direction: way,",
        "x-echo:",
        f"{PLACE}.x-echo.direction: unknown field way",
    ),
    (
        "amount: {in: details}",
        "amount: {in: text}",
        "x-echo:",
        f"{PLACE}.x-echo.amount: unknown field text",
    ),
    (
        "amount: {in: details}",
        "amount: {inside: note}",
        "x-echo:",
        f"{PLACE}.x-echo.amount: unsupported value. It must be a field, or `{{in: <field with the text>}}`",
    ),
    (
        "x-inconclusive-reasons: [TooOften]\n",
        "",
        None,
        "the root: missing `x-inconclusive-reasons`: it lists the reasons",
    ),
    (
        "x-inconclusive-reasons: [TooOften]",
        "x-inconclusive-reasons: [TooOften, TooSeldom]",
        "x-inconclusive-reasons:",
        "x-inconclusive-reasons.1: unknown reason TooSeldom. Add it to the enum first",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "problem"), INVALID, ids=[case[3][:60] for case in INVALID])
def test_problem_is_reported_with_line_and_place(old, new, line, problem, error_of):
    """One change to a valid spec gives one message."""
    spec = replaced(SMALL, old, new)

    where = f":{line_of(spec, line)}" if line else ""
    assert error_of(spec).startswith(f"{where}: {problem}")
