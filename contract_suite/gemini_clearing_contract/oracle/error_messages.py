"""
The sentences in answers, held against the documented ones.

The spec's examples show how the exchange words a refusal; the values in them differ from call to call, the words do
not.  What differs must be out of the request: a sentence about another nonce, symbol or key than was sent is wrong.
A reason without a documented sentence may be worded in any way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from ..findings.finding import Problem
from ..findings.text import shorten
from ..spec import Spec
from .expected_outcome import ExpectedOutcome

__all__ = ["DocumentedMessages"]

# What differs from call to call: quoted text, lists, ids and symbols, keys, and a value at the end.
VARIABLE = re.compile(r"'[^']*'|\[[^\]]*\]|\b[A-Z0-9]{6,}\b|\baccount-\S+|(?<=: )\S+$")
# Text that any server repeats as it stands.
PLAIN = re.compile(r"[!-~]{1,60}")


class DocumentedMessages:
    """The documented sentences, by the reason or the result that they come with."""

    def __init__(self, spec: Spec) -> None:
        self._shapes: dict[str, set[re.Pattern[str]]] = {}
        for operation in spec.operations.values():
            for response in operation.raw["responses"].values():
                for media in response.get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        self._learn(example["value"])

    def _learn(self, body: Any) -> None:
        field, word = _sentence_in(body)
        if field is not None:
            shape = "(.*)".join(map(re.escape, VARIABLE.split(body[field])))
            self._shapes.setdefault(word, set()).add(re.compile(shape, re.DOTALL))

    def problems(self, body: Any, expected: ExpectedOutcome) -> Iterator[Problem]:
        """What is wrong with the sentence of an answer."""
        field, word = _sentence_in(body)
        rule = expected.violations[0].rule if expected.violations else ""
        # Of the three sentences about a nonce the spec shows one.
        if field is None or (word == "InvalidNonce" and rule != "increases"):
            return
        shapes = self._shapes.get(word, set())
        match = next((match for shape in shapes if (match := shape.fullmatch(body[field]))), None)
        if match:
            yield from _foreign_values(field, match, expected)
        elif shapes:
            documented = " or ".join(sorted(shape.pattern.replace("\\", "").replace("(.*)", "…") for shape in shapes))
            yield Problem("documented sentence", field, shorten(documented), shorten(body[field]))


def _foreign_values(field: str, match: re.Match[str], expected: ExpectedOutcome) -> Iterator[Problem]:
    """The values of a sentence that the request did not have."""
    sent = _sent(expected)
    if sent is None:
        return
    for value in (part for group in match.groups() for part in group.strip("[]'").split(", ")):
        if not any(_equal(value, one) for one in sent):
            got = f"{value!r} in {match.string!r}"
            yield Problem("says what it is about", field, "a sentence about what was sent", shorten(got))


def _sent(expected: ExpectedOutcome) -> set[str] | None:
    """Every value that a sentence may be about; None where the request holds one that has no plain text."""
    desk, operation, body = expected.desk, expected.operation, expected.body
    if desk is None or operation is None or body is None or operation.required - body.keys():
        return None
    told = {name for name, schema in operation.fields.items() if schema.get("type") != "boolean"}
    values = [value for name, value in body.items() if name in told]
    texts = [format(value, "f") if isinstance(value, Decimal) else value for value in values]
    if not all(isinstance(text, str) and PLAIN.fullmatch(text) for text in texts):
        return None
    # What was left out may stand in a sentence as nothing.
    nothing = {""} if operation.fields.keys() - body.keys() else set()
    return {*texts, *nothing, desk.api_key, *desk.roles, *operation.roles}


def _equal(told: str, sent: str) -> bool:
    """Whether both are the same word or the same number."""
    try:
        # A Decimal would overlook white space around a number.
        return told.upper() == sent.upper() or (PLAIN.fullmatch(told) is not None and Decimal(told) == Decimal(sent))
    except InvalidOperation:
        return False


def _sentence_in(body: Any) -> tuple[str | None, str]:
    """The field that holds a sentence, and the word that says what it is about."""
    if not isinstance(body, dict):
        return None, ""
    if isinstance(body.get("message"), str) and isinstance(body.get("reason"), str):
        return "message", body["reason"]
    if isinstance(body.get("details"), str) and isinstance(body.get("result"), str):
        return "details", body["result"]
    return None, ""
