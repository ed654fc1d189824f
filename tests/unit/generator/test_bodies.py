"""The declaration of an operation's HTTP body (`x-body`) in the generated client."""

import pytest

from tests.unit.generator.specs import SMALL, replaced

BODIES = """\
import json
from gemini_clearing._operations import OPERATIONS
print(json.dumps([name for name, operation in OPERATIONS.items() if operation.repeats_body]))
"""


@pytest.mark.parametrize(("declared", "repeated"), [("", []), ("empty", []), ("repeated", ["place"])])
def test_body_is_declared_for_the_operation(declared, repeated, render):
    """Only `x-body: repeated` is in the generated code, because an empty body is the default."""
    line = f"      x-body: {declared}\n" if declared else ""
    rendered = render(replaced(SMALL, "      x-safe-to-repeat: false\n", f"{line}      x-safe-to-repeat: false\n"))

    assert rendered.execute(BODIES) == repeated
    assert len(repeated) == rendered.files()["_operations.py"].count(b"repeats_body")
