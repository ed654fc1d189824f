"""A run as plain data, from which each report is drawn; findings contain no secret, and neither does the summary."""

import json
from collections.abc import Iterator
from typing import Any

import attrs

from ..cases.caller_cases import foreign_accounts
from ..exit_status import ExitStatus
from ..findings.finding import Finding
from ..findings.root_causes import RootCause, find_root_causes
from ..run.run import LayerResult, Run
from ..spec.choices import CHOICES
from ..wire import UNFUNDED

__all__ = ["Summary", "count", "summarize", "write_json"]


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@attrs.frozen
class Summary:
    """The data of a run."""

    target: str
    profile: str
    seed: int
    seconds: float
    layers: list[dict[str, Any]]
    # Checked requests by operation and layer.
    requests: dict[str, dict[str, int]]
    keywords: dict[str, Any]
    # In the order of their first occurrence; each belongs to one root cause.
    findings: list[Finding]
    root_causes: tuple[RootCause, ...]
    # Why the target was not tested completely.
    stopped: str | None
    # The error of the suite itself.
    suite_error: str | None = None
    # Restrictions of the run, which limit what a pass means.
    notes: tuple[str, ...] = ()
    # The report of the last `make recall`.
    recall: dict[str, Any] | None = None

    @property
    def exit_status(self) -> ExitStatus:
        """The exit status; an error of the suite has priority, then an incomplete test, then findings."""
        if self.suite_error:
            return ExitStatus.SUITE_ERROR
        if self.stopped or not self.total:
            return ExitStatus.NOT_TESTED
        return ExitStatus.FINDINGS if self.findings else ExitStatus.PASSED

    @property
    def total(self) -> int:
        """The number of checked responses and calls."""
        return sum(sum(counts.values()) for counts in self.requests.values())

    @property
    def result(self) -> str:
        """The result in one line; `No findings` appears only for a complete test."""
        causes = count(len(self.root_causes), "root cause")
        found = f"{count(len(self.findings), 'finding')} with {causes}" if self.findings else ""
        if self.suite_error:
            return f"The suite failed, {found} so far" if found else "The suite failed"
        if not self.total:
            return "Nothing was tested"
        if self.stopped:
            return f"Not tested completely, {found} so far" if found else "Not tested completely"
        return found or "No findings"

    @property
    def scope(self) -> str:
        """The layers that were run completely, stopped early, and skipped."""
        stopped = [layer["name"] for layer in self.layers if layer["stopped"]]
        skipped = [layer["name"] for layer in self.layers if layer["skipped"]]
        complete = [layer["name"] for layer in self.layers if not layer["stopped"] and not layer["skipped"]]
        if stopped:
            parts = (("Complete", complete), ("Stopped early", stopped), ("Skipped", skipped))
            sentences = [f"{what}: {', '.join(names)}." for what, names in parts if names]
        else:
            of = f"{len(complete)} of " if skipped else ""
            sentences = [f"{of}{count(len(self.layers), 'layer')}, all complete."]
            sentences += [f"Skipped: {', '.join(skipped)}."] if skipped else []
        return " ".join([*sentences, *self.notes])

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain data; each finding refers to its root cause."""
        cause_of = {one.key: cause.number for cause in self.root_causes for one in cause.occurrences}
        follows_from = {one.key: cause.number for cause in self.root_causes for one in cause.consequences}
        findings = [
            one.as_dict()
            | {"root_cause": (cause_of | follows_from)[one.key], "follows_from": follows_from.get(one.key)}
            for one in self.findings
        ]
        return {
            "result": self.result,
            "scope": self.scope,
            "exit_status": int(self.exit_status),
            **{field.name: getattr(self, field.name) for field in attrs.fields(Summary)},
            "root_causes": [cause.as_dict() for cause in self.root_causes],
            "findings": findings,
        }


def summarize(run: Run, seconds: float, recall: dict[str, Any] | None = None) -> Summary:
    """Return the summary of a run."""
    ledger = run.ledger
    findings = list(ledger.findings.values())
    reasons = [(result.is_suite_error, ledger.redact(result.stopped)) for result in run.results if result.stopped]
    return Summary(
        target=run.target.name,
        profile=run.profile.name,
        seed=run.seed,
        seconds=round(seconds, 2),
        layers=[_layer(run, result) for result in run.results],
        requests=_requests(run),
        keywords=_keywords(run),
        findings=findings,
        root_causes=find_root_causes(findings, ledger.origins),
        stopped=next((reason for is_suite_error, reason in reasons if not is_suite_error), None),
        suite_error=next((reason for is_suite_error, reason in reasons if is_suite_error), None),
        notes=tuple(_notes(run)),
        recall=recall,
    )


def _requests(run: Run) -> dict[str, dict[str, int]]:
    requests: dict[str, dict[str, int]] = {name: {} for name in run.spec.operations}
    for (layer, operation), number in sorted(run.ledger.requests.items()):
        row = requests.setdefault(operation if operation in run.spec.operations else "(other)", {})
        row[layer] = row.get(layer, 0) + number
    return requests


def _not_triggered(run: Run) -> Iterator[str]:
    """Yield the reasons that only the layer `limits` causes, if no response had them, and why."""
    if "RateLimit" not in run.ledger.reasons:
        yield "RateLimit (the suite exceeds only the limit of the embedded mock)"
    if "InsufficientFunds" not in run.ledger.reasons:
        has_account = any(desk.name == UNFUNDED for desk in run.target.desks)
        yield (
            "InsufficientFunds (no response to the account without funds had this reason)"
            if has_account
            else f"InsufficientFunds (the credentials have no account `{UNFUNDED}`)"
        )


def _missing_callers(run: Run) -> Iterator[str]:
    """Yield the callers that a run did not test, because the credentials lack them."""
    keys = run.target.master_keys
    if not keys:
        yield "master keys and MissingAccounts (the credentials have no master_keys)"
    elif not any(foreign_accounts(key, keys) for key in keys):
        yield "accounts of another group (the credentials have master_keys of one group)"
    if not run.target.tokens:
        yield "access tokens (the credentials have no tokens)"


def _notes(run: Run) -> Iterator[str]:
    if run.only is not None:
        yield f"Only the case {run.only!r} of each layer was run."
    free = sorted(CHOICES.keys() - run.spec.choices)
    if free:
        yield f"Not required of this server (--choices): {', '.join(free)}."
    unstated = run.last_session.ring.unstated() if run.last_session else ()
    if unstated:
        yield f"Not judged: the nonce mode of {', '.join(unstated)}. State it in the credentials as `nonce_mode`."
    if run.only is None and run.may_create_orders and not any(result.stopped for result in run.results):
        missing = [*_missing_callers(run), *_not_triggered(run)]
        if missing:
            yield f"Not judged: {'; '.join(missing)}."
    line = run.ledger.line
    # If none had a response, the server and not the line is the reason, which is stated as such.
    if 0 < line.failed < line.sent:
        lost = "without a complete response, or with the status 502, 503 or 504"
        where = ", ".join(f"{number:,} of {name}" for name, number in line.lost().most_common())
        yield (
            f"Unstable line: {line.failed:,} of {line.sent:,} requests {lost}"
            f"{f' ({where})' if where else ''}; they were sent again or looked up."
        )
    if not run.may_create_orders:
        yield "No orders were created, and only safe operations were sent. Permit orders with --place-orders."


def _layer(run: Run, result: LayerResult) -> dict[str, Any]:
    name = result.layer.name
    checked = sum(number for (layer, _), number in run.ledger.requests.items() if layer == name)
    return {
        "name": name,
        "title": result.layer.title,
        "seconds": round(result.seconds, 2),
        "cases": result.cases,
        "checked": checked,
        "findings": run.ledger.count(name),
        "stopped": result.stopped and run.ledger.redact(result.stopped),
        "suite_error": result.is_suite_error,
        "skipped": _skipped(run, result, checked),
    }


def _skipped(run: Run, result: LayerResult, checked: int) -> str | None:
    """Return why nothing was checked; a layer without a case has not passed."""
    if result.skipped or result.stopped or checked:
        return result.skipped
    return f"it has no case {run.only!r}" if run.only is not None else "it has no case for this target"


def _keywords(run: Run) -> dict[str, Any]:
    keywords = run.ledger.keywords
    never_satisfied, never_violated = keywords.missing()
    table: dict[str, dict[str, int]] = {}
    for unit in keywords.units:
        row = table.setdefault(unit[0], {"units": 0, "satisfied": 0, "violated": 0})
        row["units"] += 1
        row["satisfied"] += unit in keywords.satisfied
        row["violated"] += unit in keywords.violated
    return {
        "units": len(keywords.units),
        "satisfied": len(keywords.satisfied & keywords.units),
        "violated": len(keywords.violated & keywords.units),
        "by_operation": {name: table[name] for name in run.spec.operations if name in table},
        "never_satisfied": [" ".join(unit) for unit in never_satisfied],
        "never_violated": [" ".join(unit) for unit in never_violated],
    }


def write_json(summary: Summary) -> str:
    """Return the summary as JSON."""
    return json.dumps(summary.as_dict(), indent=2, ensure_ascii=False) + "\n"
