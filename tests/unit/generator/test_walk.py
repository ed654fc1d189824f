"""`x-walk`: what it must refer to, and the method that it adds."""

import pytest

from tests.unit.generator.specs import SMALL, line_of, replaced

WALK = "x-walk: {method: iterate, id: itemId, time: at, window: [begin, end], limit: limit, most: 3, without: [open]}"
READ = "      x-safe-to-repeat: true\n"
REQUIRED = "required: [itemId, quantity, at]"
WALKING = replaced(replaced(SMALL, READ, f"{READ}      {WALK}\n"), "required: [itemId, quantity]", REQUIRED)
PLACE = "paths./v1/list.post.x-walk"
OPTIONAL = "of a row is optional. A walk needs it in every row"

SCRIPT = """
import json, httpx, gemini_clearing as package
sent = []
def respond(request):
    sent.append(json.loads(request.extensions["gemini_clearing.signed"].payload_json))
    return httpx.Response(200, json={"items": [{"itemId": "A", "quantity": 1, "at": 1795881600000}]})
client = package.GeminiClearing(
    api_key="account-demo", api_secret="demo", transport=httpx.MockTransport(respond))
rows = list(client.iterate(start=1795881600000, end=1795881600000))
print(json.dumps([[row.item_id for row in rows], sent[0]["begin"], sent[0]["limit"]]))
"""


def test_method_iterates_over_the_rows(render):
    """Fields and filters come from the spec."""
    rendered = render(WALKING)
    assert rendered.code == 0

    assert rendered.execute(SCRIPT) == [["A"], 1795881600000, 3]


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("iterate, id: itemId", "iterate, id: number", f"{PLACE}.id", "unknown field number of a row"),
        ("time: at", "time: since", f"{PLACE}.time", "unknown field since of a row"),
        (REQUIRED, "required: [itemId, quantity]", f"{PLACE}.time", f"the field at {OPTIONAL}"),
        (REQUIRED, "required: [quantity, at]", f"{PLACE}.id", f"the field itemId {OPTIONAL}"),
        ("at, window: [begin, end]", "at, window: [begin, finish]", PLACE, "unknown argument finish"),
        ("without: [open]", "without: [shut]", PLACE, "unknown argument shut"),
        ("window: [begin, end], ", "", PLACE, "`window` or `since` is needed, and not both"),
        ("most: 3", "least: 3", PLACE, "missing `most`"),
        ("method: iterate", "method: list_them", PLACE, "would hide the method of /v1/list. Choose another x-walk"),
    ],
)
def test_walk_that_refers_to_nothing_is_reported(error_of, old, new, place, problem):
    """The message has the place in the spec."""
    spec = replaced(WALKING, old, new)

    assert error_of(spec) == f":{line_of(spec, 'x-walk')}: {place}: {problem}"
