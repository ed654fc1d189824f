"""The wait of the tests of waits: its statuses, a schedule without chance, and a response with a status."""

import httpx

from gemini_clearing_runtime import PollSchedule, Waiter
from tests.unit.client_runtime.scripted import READ

WAITER = Waiter(
    name="wait_for_it",
    operation=READ,
    status="status",
    final=("done", "gone"),
    others=("open", "half"),
    announced_as={"open": "new"},
)
STEADY = PollSchedule(shortest=2, longest=2, jitter=0)


def shows(status):
    """Return the response with a status."""
    return httpx.Response(200, json={"clearing_id": "A1", "status": status})
