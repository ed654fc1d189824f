"""
The messages of error responses, compared with the documented ones.

The examples of the spec show the wording; the values in them differ from call to call and must come from the request: a
message about another nonce, symbol or key is wrong. A reason without a documented message may have any.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from ..findings.finding import Problem
from ..findings.text import shorten
from ..spec import Spec
from .expected_outcome import ExpectedOutcome

__all__ = ["DocumentedMessages"]

# The variable parts: quoted text, lists, ids and symbols, keys, and a value at the end.
VARIABLE = re.compile(r"'[^']*'|\[[^\]]*\]|\b[A-Z0-9]{6,}\b|\baccount-\S+|(?<=: )\S+$")
# Text that every server repeats unchanged.
PLAIN = re.compile(r"[!-~]{1,60}")


class DocumentedMessages:
    """The documented messages as patterns, by the reason or the result of the response."""

    def __init__(self, spec: Spec) -> None:
        self._patterns: dict[str, set[re.Pattern[str]]] = {}
        for operation in spec.operations.values():
            for response in operation.raw["responses"].values():
                for media in response.get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        self._add(example["value"])

    def _add(self, body: Any) -> None:
        field, key = _message_in(body)
        if field is not None:
            pattern = "(.*)".join(map(re.escape, VARIABLE.split(body[field])))
            self._patterns.setdefault(key, set()).add(re.compile(pattern, re.DOTALL))

    def problems(self, body: Any, expected: ExpectedOutcome) -> Iterator[Problem]:
        """Yield what is wrong with the message of a response."""
        field, key = _message_in(body)
        rule = expected.violations[0].rule if expected.violations else ""
        # The spec documents one of the three messages about a nonce, and the one about a role of a key.
        is_other = (key == "InvalidNonce" and rule != "increases") or (key == "MissingRole" and expected.token)
        if field is None or is_other:
            return
        patterns = self._patterns.get(key, set())
        match = next((match for pattern in patterns if (match := pattern.fullmatch(body[field]))), None)
        if match:
            yield from _wrong_values(field, match, expected)
        elif patterns:
            documented = sorted(pattern.pattern.replace("\\", "").replace("(.*)", "…") for pattern in patterns)
            yield Problem("undocumented message", field, shorten(" or ".join(documented)), shorten(body[field]))


def _wrong_values(field: str, match: re.Match[str], expected: ExpectedOutcome) -> Iterator[Problem]:
    """Yield the values of a message that are not from the request."""
    sent = _sent_values(expected)
    if sent is None:
        return
    for value in (part for group in match.groups() for part in group.strip("[]'").split(", ")):
        if not any(_equal(value, one) for one in sent):
            actual = f"{value!r} in {match.string!r}"
            yield Problem("wrong value in message", field, "values of the request", shorten(actual))


def _sent_values(expected: ExpectedOutcome) -> set[str] | None:
    """Return the values that a message may contain; None if the request has a value that is not plain text."""
    desk, operation, body = expected.desk, expected.operation, expected.body
    if desk is None or operation is None or body is None or operation.required - body.keys():
        return None
    shown = {name for name, schema in operation.fields.items() if schema.get("type") != "boolean"}
    values = [value for name, value in body.items() if name in shown]
    texts = [format(value, "f") if isinstance(value, Decimal) else value for value in values]
    if not all(isinstance(text, str) and PLAIN.fullmatch(text) for text in texts):
        return None
    # A message may contain a missing field as an empty value.
    empty = {""} if operation.fields.keys() - body.keys() else set()
    return {*texts, *empty, desk.api_key, *desk.roles, *operation.roles}


def _equal(value: str, sent: str) -> bool:
    """Whether both are the same text, apart from case, or the same number."""
    try:
        # `Decimal` ignores white space around a number.
        return value.upper() == sent.upper() or (PLAIN.fullmatch(value) is not None and Decimal(value) == Decimal(sent))
    except InvalidOperation:
        return False


def _message_in(body: Any) -> tuple[str | None, str]:
    """Return the field with the message, and the reason or the result that it belongs to."""
    if not isinstance(body, dict):
        return None, ""
    if isinstance(body.get("message"), str) and isinstance(body.get("reason"), str):
        return "message", body["reason"]
    if isinstance(body.get("details"), str) and isinstance(body.get("result"), str):
        return "details", body["result"]
    return None, ""
