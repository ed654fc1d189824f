"""
Edits of the spec, each with the weight that a careful reviewer gives it for users of the Python client.

The weights were written before the comparison was first run. The rule behind them: a change is major if a program that
type-checked fails to, or a call that returned now raises or does something else; it is minor if something new is
possible; it is a patch if only texts, examples or names that the client does not have change.
"""

from tests.unit.spec_changes.editing import Edit
from tests.unit.spec_changes.operation_edits import EXTENSIONS, OPERATIONS
from tests.unit.spec_changes.schema_edits import REQUESTS, RESPONSES

__all__ = ["EDITS", "Edit"]

EDITS = [*REQUESTS, *RESPONSES, *OPERATIONS, *EXTENSIONS]
