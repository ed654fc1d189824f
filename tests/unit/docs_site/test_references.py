"""The references that are rendered from the spec are complete, and the diagram has every state and event."""

import json
import re
from xml.etree import ElementTree

import pytest

import gemini_clearing
from gemini_clearing_site._fields import field_table
from gemini_clearing_site._http_reference import http_pages
from gemini_clearing_site._lifecycle import lifecycle_svg
from gemini_clearing_site._python_reference import python_pages
from tests.spec.reading import DOCUMENT, OPERATIONS


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The pages of the HTTP reference."""
    return http_pages(DOCUMENT)


def _examples(node: object) -> list[object]:
    """Return the value of every example below a node of the spec."""
    if isinstance(node, list):
        return [value for one in node for value in _examples(one)]
    if not isinstance(node, dict):
        return []
    own = [one["value"] for one in node.get("examples", {}).values()] if isinstance(node.get("examples"), dict) else []
    return own + [value for one in node.values() for value in _examples(one)]


def test_reference_has_every_example_of_the_spec(pages: dict[str, str]) -> None:
    """Each example of a request or a response is a JSON block of one page."""
    shown = [
        json.loads(block) for text in pages.values() for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    ]
    expected = _examples({"paths": DOCUMENT["paths"], "components": DOCUMENT["components"]})

    assert len(expected) > 15
    assert [value for value in expected if value not in shown] == []


def test_reference_has_every_reason_of_the_spec(pages: dict[str, str]) -> None:
    """Each reason of a check is on the page of the errors, each reason of a business rule on that of its operation."""
    missing = [reason for reason in DOCUMENT["x-reasons"] if f"`{reason}`" not in pages["http/errors"]]
    for name, operation in OPERATIONS.items():
        rules = [entry for entry in operation.declared["x-refusals"] if entry["when"] not in pages[f"http/{name}"]]
        missing += [f"{name}: {entry}" for entry in rules]

    assert missing == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_page_of_an_operation_has_every_field(name: str, pages: dict[str, str]) -> None:
    """The tables have every field of the request, and every field of its responses."""
    text, reference = pages[f"http/{name}"], OPERATIONS[name].request["schema"]
    request = DOCUMENT["components"]["schemas"][reference["$ref"].rsplit("/", 1)[1]]

    assert [field for field in request["properties"] if f"| `{field}`" not in text] == []


def test_bar_in_a_limit_does_not_end_the_cell() -> None:
    """A `|` of a pattern is escaped."""
    [_, _, row] = field_table({}, {"side": {"type": "string", "pattern": "^(a|b)$"}}, set())

    assert r"`^(a\|b)$`" in row


def test_fields_of_a_list_have_the_name_of_the_list() -> None:
    """An object in a list has rows like `orders[].price`."""
    item = {"type": "object", "required": ["price"], "properties": {"price": {"type": "string"}}}
    rows = list(field_table({}, {"orders": {"type": "array", "items": item}}, {"orders"}))

    assert ["| `orders` (required)", "| `orders[].price` (required)"] == [row[: row.index(" |", 2)] for row in rows[2:]]


def test_diagram_has_every_state_and_every_event() -> None:
    """The image is well-formed XML; it names each state, and each event as often as it occurs."""
    image = lifecycle_svg(DOCUMENT)
    texts = [element.text or "" for element in ElementTree.fromstring(image).iter() if element.tag == "text"]  # noqa: S314  (our own)
    lifecycle = DOCUMENT["x-order-lifecycle"]

    for event in {event for events in lifecycle["transitions"].values() for event in events}:
        count = sum(event in events for events in lifecycle["transitions"].values())
        assert len([text for text in texts if text.split(" → ")[0] == event.replace("_", " ")]) == count, event
    assert {*lifecycle["transitions"], *lifecycle["final"]} <= set(texts)
    assert {"expire → Expired", "cancel → Canceled"} <= set(texts)


def test_python_reference_has_every_public_name() -> None:
    """Each name of `gemini_clearing.__all__` is on one page, apart from its version and the module of errors."""
    names = re.findall(r"auto(?:class|data):: gemini_clearing\.(\w+)", "".join(python_pages().values()))

    assert sorted(names) == sorted({*gemini_clearing.__all__} - {"__version__", "errors"})
