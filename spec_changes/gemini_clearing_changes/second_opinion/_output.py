"""The text that `specmatic compare` prints, read into a result. Nothing here runs Specmatic."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

__all__ = ["Finding", "NoResult", "SpecmaticResult", "read_output"]

_VERSION = re.compile(r"^Specmatic Version: v([\w.]+)", flags=re.MULTILINE)
_RESULT = re.compile(r"^The newer contract is (not )?backward compatible\.$", flags=re.MULTILINE)
_SCENARIO = re.compile(r"^In scenario \"", flags=re.MULTILINE)
_API = re.compile(r"^API: [A-Z]+ (\S+) -> (\w+)$", flags=re.MULTILINE)
_PLACE = re.compile(r"^ *>> (\S+)", flags=re.MULTILINE)
# The heading of a rule, the links to its page, and positions in files that exist no longer.
_BOILERPLATE = re.compile(r"^ *(?:R\d+: .*|Documentation: .*|Summary: .*)$", flags=re.MULTILINE)
_POSITION = re.compile(r" ?\((?:old|new)\.json:\d+:\d+\)")


@attrs.frozen
class Finding:
    """One incompatibility that Specmatic reports."""

    path: str
    place: str
    """Its name for the place, such as `REQUEST.BODY.side`; empty for a whole response or operation."""
    sentence: str
    statuses: tuple[str, ...] = ()
    """The responses in whose scenarios it was found."""

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return attrs.asdict(self)


@attrs.frozen
class SpecmaticResult:
    """The result of Specmatic's comparison of two specs."""

    version: str
    is_compatible: bool
    findings: tuple[Finding, ...]


@attrs.frozen
class NoResult:
    """The reason why Specmatic gave no result, as the end of a sentence; this is never an agreement."""

    reason: str


def read_output(printed: str, exit_status: int) -> SpecmaticResult | NoResult:
    """Return the result in an output. Result, exit status and findings must fit each other."""
    version, results = _VERSION.search(printed), _RESULT.findall(printed)
    if not version or len(results) != 1:
        lines = [line.strip() for line in printed.splitlines() if line.strip()]
        last = f"its last line: {lines[-1][:200]}" if lines else "it printed nothing"
        return NoResult(f"run, but it gave no result (exit status {exit_status}; {last})")
    scenarios, is_compatible = _SCENARIO.split(_RESULT.split(printed)[0])[1:], not results[0]
    found = [list(_findings(scenario)) for scenario in scenarios]
    if not all(found) or is_compatible == bool(found) or is_compatible != (exit_status == 0):
        return NoResult(
            f"run, but its output cannot be read: exit status {exit_status}, {len(found)} scenarios, "
            f'and the result "{"" if is_compatible else "not "}backward compatible"'
        )
    return SpecmaticResult(version[1], is_compatible, tuple(_joined(one for some in found for one in some)))


def _findings(scenario: str) -> Iterator[Finding]:
    """Yield the findings of a scenario: an operation and one of its responses."""
    api = _API.search(scenario)
    if not api:
        return
    head, *parts = _PLACE.split(scenario[api.end() :])
    for place, text in [("", head), *zip(parts[::2], parts[1::2], strict=True)]:
        if sentence := " ".join(_POSITION.sub("", _BOILERPLATE.sub("", text)).split()):
            yield Finding(api[1], place, sentence, (api[2],))


def _joined(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield each finding once: Specmatic repeats one of a request for every response of the operation."""
    statuses: dict[Finding, tuple[str, ...]] = {}
    for one in findings:
        key = attrs.evolve(one, statuses=())
        statuses[key] = (*statuses.get(key, ()), *one.statuses)
    for key, found in statuses.items():
        yield attrs.evolve(key, statuses=tuple(dict.fromkeys(found)))
