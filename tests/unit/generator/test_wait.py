"""`x-wait`: what it must refer to, and the method that it adds."""

import pytest

from tests.unit.generator.specs import SMALL, line_of, replaced

LIFECYCLE = """\
x-order-lifecycle: {final: [Shut], announced_as: {Open: Opened}, transitions: {Open: {shut: Shut}}}
paths:
"""
READ = """\
      x-safe-to-repeat: true
      x-wait: {method: wait_for_them, status: state}
"""
UNSAFE = """\
      x-safe-to-repeat: false
      x-success: {state: [Shut]}
      x-wait: {method: wait_for_them, status: state}
"""
LIST = "properties:\n        items: {type: array"
WAITING = replaced(
    replaced(replaced(SMALL, "paths:\n", LIFECYCLE), "      x-safe-to-repeat: true\n", READ),
    LIST,
    LIST.replace("items:", "state: {type: string}\n        items:"),
)
PLACE = "paths./v1/list.post.x-wait"

SCRIPT = """
import json, httpx, gemini_clearing as package
client = package.GeminiClearing(
    api_key="account-demo", api_secret="demo",
    transport=httpx.MockTransport(lambda request: httpx.Response(200, json={"items": [], "state": "Opened"})))
ended = client.wait_for_them(until=["Shut", "Open"], limit=5)
try:
    client.wait_for_them(until="Closed")
except package.ArgumentError as error:
    print(json.dumps([ended.state, str(error)]))
"""


def test_method_waits_for_the_statuses_of_the_lifecycle(render):
    """Method, status and words come from the spec."""
    rendered = render(WAITING)
    assert rendered.code == 0

    state, error = rendered.execute(SCRIPT)
    assert state == "Opened"
    assert "Valid statuses: Shut, Open, Opened." in error


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("status: state}", "status: condition}", f"{PLACE}.status", "unknown field condition of the response"),
        ("{method: wait_for_them, status: state}", "{status: state}", PLACE, "missing `method`"),
        ("{method: wait_for_them, status: state}", "{method: wait_for_them}", PLACE, "missing `status`"),
        (READ, UNSAFE, PLACE, "not safe to repeat. Only a read can be repeated"),
        (LIFECYCLE, "paths:\n", PLACE, "no `x-order-lifecycle`: it has the statuses to wait for"),
        (
            "method: wait_for_them",
            "method: list_them",
            PLACE,
            "would hide the method of /v1/list. Choose another x-wait",
        ),
    ],
)
def test_wait_that_refers_to_nothing_is_reported(error_of, old, new, place, problem):
    """The message has the place in the spec."""
    spec = replaced(WAITING, old, new)

    if old == READ:  # it may only name a read that is safe to repeat, which this one no longer is
        spec = spec.replace("      x-resolve:", "      x-other:")
    assert error_of(spec) == f":{line_of(spec, 'x-wait')}: {place}: {problem}"
