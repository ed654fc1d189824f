"""
Findings grouped by root cause: one rule that is violated at one place, in any layer and any operation.

No finding is dropped: each one is an occurrence of exactly one root cause, or one of its consequences. A group is a
consequence of another one only if each of its occurrences was explained by it each time.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from attrs import frozen

from .checks import (
    DIFFERS_FROM_EARLIER,
    IMPLAUSIBLE_TIME,
    INVALID_REQUEST_ACCEPTED,
    VALID_REQUEST_REJECTED,
    WRONG_ERROR,
)
from .finding import Finding, Key

__all__ = ["RootCause", "find_root_causes"]

# These name a fact of an order after the colon.
ABOUT_A_FACT = (f"{DIFFERS_FROM_EARLIER}: ", f"{IMPLAUSIBLE_TIME}: ")
# Whether the client is tested, the rule, and the place.
Group = tuple[bool, str, str]


@frozen
class RootCause:
    """A rule that is violated at one place: all occurrences, and the findings that follow from them."""

    number: int
    occurrences: tuple[Finding, ...]
    consequences: tuple[Finding, ...]

    @cached_property
    def example(self) -> Finding:
        """The occurrence with the shortest steps in the first operation."""
        return min(self.occurrences, key=lambda finding: (finding.operation != self.operations[0], *finding.size))

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations in the order of their first occurrence."""
        return tuple(dict.fromkeys(finding.operation for finding in self.occurrences))

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers in the order of their first occurrence."""
        return tuple(dict.fromkeys(finding.layer for finding in self.occurrences))

    @property
    def title(self) -> str:
        """Operation, check and place in one line."""
        return f"{self.where} · {self.example.check} · {self.place}"

    @property
    def place(self) -> str:
        """The place in the request or response; for a whole request, the error response."""
        return _place(self.example)

    @property
    def where(self) -> str:
        """The operation, or the number of operations."""
        return self.operations[0] if len(self.operations) == 1 else f"{len(self.operations)} operations"

    def as_dict(self) -> dict[str, Any]:
        """Return the root cause as plain data; its findings refer to its number."""
        return {
            "number": self.number, "title": self.title, "operations": list(self.operations),
            "layers": list(self.layers), "occurrences": len(self.occurrences),
            "consequences": len(self.consequences),
        }  # fmt: skip


def find_root_causes(findings: Iterable[Finding], origins: Mapping[Key, Key | None]) -> tuple[RootCause, ...]:
    """
    Group findings by root cause.

    Args:
        findings: The findings in the order of their first occurrence; the root causes have the same order.
        origins: By the key of a finding, the key of the finding that explains it, or None.
    """
    groups: dict[Group, list[Finding]] = {}
    group_of: dict[Key, Group] = {}
    for finding in findings:
        group_of[finding.key] = _group(finding)
        groups.setdefault(_group(finding), []).append(finding)
    explained_by = {group: _explanation(group, members, origins, group_of) for group, members in groups.items()}
    roots = {group: _root(group, explained_by) for group in groups}
    return tuple(
        RootCause(
            number,
            tuple(groups[root]),
            tuple(
                one for other, members in groups.items() if other != root and roots[other] == root for one in members
            ),
        )
        for number, root in enumerate((group for group in groups if roots[group] == group), start=1)
    )


def _group(finding: Finding) -> Group:
    rule = finding.check.rpartition(": ")[2]
    if finding.check.startswith(ABOUT_A_FACT):
        # One cause, in every place that reports the fact: the operation that reported it first may be the wrong one.
        return finding.layer.startswith("client"), rule.partition(" of ")[0], ""
    return finding.layer.startswith("client"), rule, _place(finding)


def _place(finding: Finding) -> str:
    """Return the place, or the error response if the place is the whole request."""
    is_outcome = finding.check.startswith((VALID_REQUEST_REJECTED, WRONG_ERROR, INVALID_REQUEST_ACCEPTED))
    return finding.actual.partition(":")[0] if finding.place == "request" and is_outcome else finding.key[3]


def _explanation(
    group: Group, members: list[Finding], origins: Mapping[Key, Key | None], group_of: Mapping[Key, Group]
) -> Group | None:
    """Return the group that explains every member, or None."""
    is_client, rule, place = group
    # A request with several violations gets a wrong response if one of them by itself does.
    parts = [(is_client, rule, part) for part in place.split(", ") if part != place]
    for part in parts:
        if part in group_of.values():
            return part
    found = [group_of.get(key) if key is not None else None for key in (origins.get(one.key) for one in members)]
    return found[0] if None not in found and group not in found else None


def _root(group: Group, explained_by: Mapping[Group, Group | None]) -> Group:
    """Return the beginning of a chain of explanations; in a cycle each group is a root cause."""
    visited, current = {group}, group
    while (before := explained_by[current]) is not None:
        if before in visited:
            return group
        visited.add(before)
        current = before
    return current
