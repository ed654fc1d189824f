"""
The selection of one list: the orders that it must contain, and the orders that it must not.

The title of a problem states the cause as far as the responses show it: a bound, a limit, or the filters that lost the
order.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from ...findings.checks import EXTRA_ORDER, FILTER_IGNORED, MISSING_ORDER
from ...findings.finding import Problem
from .filters import Facts, MaybeBool, is_at_bound

__all__ = ["Listing"]

# How many missing orders of one list are reported.
REPORTED_MISSING = 3


@frozen
class Listing:
    """The ids of the listed orders, and by order and filter whether an order passes."""

    operation: str
    caller: str
    place: str
    given: Mapping[str, Any]
    facts: Mapping[str, Facts]
    passes: Mapping[str, Mapping[str, MaybeBool]]
    listed: list[str]
    # The lists that omit orders without a visible cause, and the lists that omit one because of a limit.
    losing: set[str]

    def extra(self) -> Iterator[Problem]:
        """Yield a problem for each listed order and each filter that it does not pass."""
        for index, clearing_id in enumerate(self.listed):
            for name, passed in self.passes.get(clearing_id, {}).items():
                if passed is False:
                    expected = f"only rows that pass {name}={self.given[name]}"
                    yield Problem(self._extra_check(clearing_id, name), f"{self.place}[{index}]", expected, clearing_id)

    def missing(self, missing: list[str], *, is_one_less: bool) -> Iterator[Problem]:
        """Yield a problem for each missing order."""
        filters = ", ".join(f"{name}={value}" for name, value in self.given.items())
        for clearing_id in missing[:REPORTED_MISSING]:
            cause = self._cause(clearing_id, is_one_less=is_one_less)
            expected = f"the order {clearing_id}" + (f", which passes {filters}" if filters else "")
            check = f"{MISSING_ORDER}: {cause}" if cause else MISSING_ORDER
            yield Problem(check, self.place, expected, f"{len(self.listed)} rows without it")

    def remember(self) -> None:
        """Record the filters with which each order was listed."""
        for clearing_id in self.listed:
            if clearing_id in self.facts:
                known = self.facts[clearing_id].order.listed
                known.setdefault((self.operation, self.caller), set()).add(frozenset(self.given))

    def _extra_check(self, clearing_id: str, name: str) -> str:
        if is_at_bound(self.facts[clearing_id], name, self.given[name]):
            return f"{EXTRA_ORDER}: {name} includes its bound"
        failing = {
            one for one, passed in self.passes.items() if [key for key in passed if passed[key] is not True] == [name]
        }
        return f"{FILTER_IGNORED if failing <= set(self.listed) else EXTRA_ORDER}: {name}"

    def _cause(self, clearing_id: str, *, is_one_less: bool) -> str:
        """Return why the order is missing, if the responses show it; otherwise an empty string."""
        facts, given = self.facts[clearing_id], self.given.keys()
        before = facts.order.listed.get((self.operation, self.caller), set())
        if not before or self.operation in self.losing:
            # The list may omit it with any filters and limits.
            self.losing.add(self.operation)
            return ""
        if is_one_less and (f"{self.operation}: limit" in self.losing or any(names >= given for names in before)):
            self.losing.add(f"{self.operation}: limit")
            return "fewer rows than the limit"
        bounds = [name for name, value in self.given.items() if is_at_bound(facts, name, value)]
        if bounds:
            return f"{' or '.join(bounds)} excludes its bound"
        lost_by = min((sorted(given - names) for names in before), key=lambda names: (len(names), names))
        return f"not listed with {' and '.join(lost_by)}" if lost_by else ""
