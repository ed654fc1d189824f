"""
The sentences in answers, held against the documented ones.

The spec's examples show how the exchange words a refusal; the values in them differ from call to call, the words do
not.  A reason without a documented sentence may be worded in any way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from contract._finding import Problem
from contract._shape import shorten
from contract._spec import Spec

__all__ = ["Sentences"]

# What differs from call to call: quoted text, lists, ids and symbols, keys, and a value at the end.
VARIABLE = re.compile(r"'[^']*'|\[[^\]]*\]|\b[A-Z0-9]{6,}\b|\baccount-\S+|(?<=: )\S+$")


class Sentences:
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
            shape = ".*".join(map(re.escape, VARIABLE.split(body[field])))
            self._shapes.setdefault(word, set()).add(re.compile(shape, re.DOTALL))

    def problems(self, body: Any, rule: str) -> Iterator[Problem]:
        """What is wrong with the sentence of an answer; `rule` is the broken rule that it is about."""
        field, word = _sentence_in(body)
        # Of the three sentences about a nonce the spec shows one.
        if field is None or (word == "InvalidNonce" and rule != "increases"):
            return
        shapes = self._shapes.get(word, set())
        if shapes and not any(shape.fullmatch(str(body[field])) for shape in shapes):
            expected = " or ".join(sorted(shape.pattern.replace("\\", "") for shape in shapes))
            yield Problem("documented sentence", field, shorten(expected), shorten(str(body[field])))


def _sentence_in(body: Any) -> tuple[str | None, str]:
    """The field that holds a sentence, and the word that says what it is about."""
    if not isinstance(body, dict):
        return None, ""
    if isinstance(body.get("message"), str) and isinstance(body.get("reason"), str):
        return "message", body["reason"]
    if isinstance(body.get("details"), str) and isinstance(body.get("result"), str):
        return "details", body["result"]
    return None, ""
