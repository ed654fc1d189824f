"""
Findings, folded under what they come from: one cause for a rule broken at one place, whoever saw it and wherever.

No finding is dropped: each belongs to exactly one cause, as one of its sightings or as one that follows from it.
A cause follows from another only if every one of its sightings did, each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .finding import Finding, Key

__all__ = ["RootCause", "find_root_causes"]

ListKind = tuple[bool, str, str]


@dataclass(frozen=True)
class RootCause:
    """A rule broken at one place: all sightings of it, and the findings that follow from them."""

    number: int
    sightings: tuple[Finding, ...]
    following: tuple[Finding, ...]

    @cached_property
    def told_by(self) -> Finding:
        """The sighting that tells it best: with the smallest case, and of those the first."""
        return min(self.sightings, key=lambda finding: (finding.operation != self.operations[0], *finding.size))

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations in which it was seen, the first first."""
        return tuple(dict.fromkeys(finding.operation for finding in self.sightings))

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that saw it, in the order in which they ran."""
        return tuple(dict.fromkeys(finding.layer for finding in self.sightings))

    @property
    def title(self) -> str:
        """Where and what, in one line."""
        return f"{self.where} · {self.told_by.check} · {self.place}"

    @property
    def place(self) -> str:
        """The place in request or answer; of a whole request that was refused, the refusal."""
        return _place(self.told_by)

    @property
    def where(self) -> str:
        """The operation, or how many there are."""
        return self.operations[0] if len(self.operations) == 1 else f"{len(self.operations)} operations"

    def as_dict(self) -> dict[str, Any]:
        """The cause as plain data; its findings are those that name its number."""
        return {
            "number": self.number, "title": self.title, "operations": list(self.operations),
            "layers": list(self.layers), "sightings": len(self.sightings), "following": len(self.following),
        }  # fmt: skip


def find_root_causes(findings: Iterable[Finding], origins: Mapping[Key, Key | None]) -> tuple[RootCause, ...]:
    """The causes of findings, given in the order in which they were first seen; so are the causes."""
    kinds: dict[ListKind, list[Finding]] = {}
    kind_of: dict[Key, ListKind] = {}
    for finding in findings:
        kind_of[finding.key] = _kind(finding)
        kinds.setdefault(_kind(finding), []).append(finding)
    follows = {kind: _origin(kind, members, origins, kind_of) for kind, members in kinds.items()}
    roots = {kind: _root(kind, follows) for kind in kinds}
    return tuple(
        RootCause(
            number,
            tuple(kinds[kind]),
            tuple(one for other, members in kinds.items() if other != kind and roots[other] == kind for one in members),
        )
        for number, kind in enumerate((kind for kind in kinds if roots[kind] == kind), start=1)
    )


def _kind(finding: Finding) -> ListKind:
    """What makes two findings sightings of one thing: the side judged, the rule, and the place in request or answer."""
    rule = finding.check.rpartition(": ")[2]
    return finding.layer.startswith("client"), rule, _place(finding)


def _place(finding: Finding) -> str:
    """A whole request is no place; what came instead tells one wrong refusal from another."""
    is_refusal = finding.place == "request" and "refus" in finding.check
    return finding.got.partition(":")[0] if is_refusal else finding.key[3]


def _origin(
    kind: ListKind, members: list[Finding], origins: Mapping[Key, Key | None], kind_of: Mapping[Key, ListKind]
) -> ListKind | None:
    """What every member follows from: the origin of the first, or None if one of them stands by itself."""
    is_client, rule, place = kind
    # A request with several faults is answered wrongly where one of them alone is.
    alone = [(is_client, rule, part) for part in place.split(", ") if part != place]
    for one in alone:
        if one in kind_of.values():
            return one
    found = [kind_of.get(key) if key is not None else None for key in (origins.get(one.key) for one in members)]
    return found[0] if None not in found and kind not in found else None


def _root(kind: ListKind, follows: Mapping[ListKind, ListKind | None]) -> ListKind:
    """Where a chain of causes begins; in a ring each stands by itself."""
    seen, here = {kind}, kind
    while (before := follows[here]) is not None:
        if before in seen:
            return kind
        seen.add(before)
        here = before
    return here
