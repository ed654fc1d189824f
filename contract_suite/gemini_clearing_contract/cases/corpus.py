"""
The recorded corpus: one line for each request that the suite always sends, with the answer that the spec owes to it.

It is committed and reviewed: what a change of the spec means shows as its diff.  Here it is made, read and compared;
the layer of the same name sends it.  A line holds no nonce, key or signature: those are made when it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..spec import Spec, SpecOperation, schema_violations
from ..wire import parse_json, render_json
from .values import boundary_bodies

__all__ = ["CORPUS_FILE", "CorpusCase", "differences", "expected_of", "make_corpus", "read_corpus", "write_corpus"]

CORPUS_FILE = Path(__file__).with_name("corpus.jsonl")


@dataclass(frozen=True)
class CorpusCase:
    """One request: its operation, its name, its fields, and the reasons one of which must come back."""

    operation: str
    name: str
    # The fields as JSON text, without request and nonce unless the case is about them.
    fields: str
    # Empty for a request that only business rules may refuse.
    reasons: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        """The fields, numbers exact."""
        return dict(parse_json(self.fields.encode()))

    def line(self) -> str:
        """The case as the file has it."""
        head = json.dumps(
            {"operation": self.operation, "name": self.name, "reasons": list(self.reasons)}, ensure_ascii=True
        )
        return f'{head[:-1]}, "fields": {self.fields}}}'


def make_corpus(spec: Spec) -> Iterator[CorpusCase]:
    """Every keyword of every request satisfied and violated, at its boundaries; the same spec gives the same corpus."""
    for operation in spec.operations.values():
        seen = set()
        for name, fields in boundary_bodies(operation):
            text = render_json(fields).decode()
            if text not in seen:
                seen.add(text)
                yield CorpusCase(operation.name, name, text, expected_of(operation, fields))


def expected_of(operation: SpecOperation, fields: dict[str, Any]) -> tuple[str, ...]:
    """The reasons that fit, by the schema alone."""
    body = {"request": operation.path, "nonce": 1, **parse_json(render_json(fields))}
    reasons = {fault.reason for fault in schema_violations(operation, body)}
    if not reasons and "account" in body:
        reasons = {"AccountsOnGroupOnlyApi"}
    return tuple(sorted(reasons))


def write_corpus(cases: Iterator[CorpusCase], path: Path = CORPUS_FILE) -> int:
    """Write the corpus, one case a line; returns how many."""
    lines = [case.line() for case in cases]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def read_corpus(path: Path = CORPUS_FILE) -> list[CorpusCase]:
    """The corpus as it was recorded."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = parse_json(line.encode())
        cases.append(
            CorpusCase(
                entry["operation"], entry["name"], render_json(entry["fields"]).decode(), tuple(entry["reasons"])
            )
        )
    return cases


def differences(recorded: list[CorpusCase], fresh: list[CorpusCase]) -> list[str]:
    """What a new recording would change, a line for each case."""
    old, new = ({(case.operation, case.name): case for case in cases} for cases in (recorded, fresh))
    lines = [f"- {old[key].line()}" for key in old if key not in new]
    lines += [f"+ {new[key].line()}" for key in new if key not in old]
    return lines + [f"- {old[key].line()}\n+ {new[key].line()}" for key in old if key in new and old[key] != new[key]]
