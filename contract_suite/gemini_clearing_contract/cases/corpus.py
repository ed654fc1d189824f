"""
The recorded corpus: one line for each request that the suite always sends, with the reasons that the spec gives to it.

The file is committed and reviewed: its diff shows the meaning of a change of the spec. This module records, reads and
compares it; the layer `corpus` sends it. A line contains no nonce, key or signature.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from ..spec import Spec, SpecOperation, schema_violations
from ..wire import parse_json, render_json
from .values import boundary_bodies

__all__ = ["CORPUS_FILE", "CorpusCase", "differences", "expected_reasons", "make_corpus", "read_corpus", "write_corpus"]

CORPUS_FILE = Path(__file__).with_name("corpus.jsonl")


@frozen
class CorpusCase:
    """A request: its operation, its name, its fields, and the reasons that the error response may have."""

    operation: str
    name: str
    # The fields as JSON text, without `request` and `nonce`.
    fields: str
    # Empty for a request that only a business rule may reject.
    reasons: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        """Return the fields with exact numbers."""
        return dict(parse_json(self.fields.encode()))

    def line(self) -> str:
        """Return the line of the file."""
        head = json.dumps({"operation": self.operation, "name": self.name, "reasons": list(self.reasons)})
        return f'{head[:-1]}, "fields": {self.fields}}}'


def make_corpus(spec: Spec) -> Iterator[CorpusCase]:
    """Yield requests that satisfy and violate every keyword of every request; the same spec gives the same corpus."""
    for operation in spec.operations.values():
        seen = set()
        for name, fields in boundary_bodies(operation):
            text = render_json(fields).decode()
            if text not in seen:
                seen.add(text)
                yield CorpusCase(operation.name, name, text, expected_reasons(operation, fields))


def expected_reasons(operation: SpecOperation, fields: dict[str, Any]) -> tuple[str, ...]:
    """Return the reasons that the schema gives to a request by an account key."""
    body = {"request": operation.path, "nonce": 1, **parse_json(render_json(fields))}
    reasons = {violation.reason for violation in schema_violations(operation, body)}
    if not reasons and "account" in body:
        reasons = {"AccountsOnGroupOnlyApi"}
    return tuple(sorted(reasons))


def write_corpus(cases: Iterator[CorpusCase], path: Path = CORPUS_FILE) -> int:
    """Write the corpus and return the number of cases."""
    lines = [case.line() for case in cases]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def read_corpus(path: Path = CORPUS_FILE) -> list[CorpusCase]:
    """Return the recorded corpus."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = parse_json(line.encode())
        fields = render_json(entry["fields"]).decode()
        cases.append(CorpusCase(entry["operation"], entry["name"], fields, tuple(entry["reasons"])))
    return cases


def differences(recorded: list[CorpusCase], fresh: list[CorpusCase]) -> list[str]:
    """Return the lines that a new recording would remove, add and change."""
    old, new = ({(case.operation, case.name): case for case in cases} for cases in (recorded, fresh))
    lines = [f"- {old[key].line()}" for key in old if key not in new]
    lines += [f"+ {new[key].line()}" for key in new if key not in old]
    return lines + [f"- {old[key].line()}\n+ {new[key].line()}" for key in old if key in new and old[key] != new[key]]
