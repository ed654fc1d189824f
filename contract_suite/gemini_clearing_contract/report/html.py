"""
The HTML report: one file without scripts or outside parts, readable in dark and light, on paper, and without a mouse.

Its first screen says what the run came to and what failed; below stand each cause with its smallest case, and the
tables of `tables.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from ..findings.finding import Finding
from ..findings.root_causes import RootCause
from .summary import Summary, count
from .tables import keywords, layers, matrix, recall, table

__all__ = ["write_html"]

STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
# How many causes of one check are shown unfolded.
SHOWN = 3
# Cases of so few steps are shown unfolded.
SHORT_CASE = 3


def write_html(summary: Summary) -> str:
    """The summary as a page."""
    parts = [
        f"<header>{_heading(summary)}{_facts(summary)}{_stopped(summary)}{_index(summary.causes)}</header>",
        "<main>",
        _causes(summary.causes),
        _checked(summary) if summary.total else "",
        _section(
            "layers",
            "Layers",
            "Each can be run alone: <code>python -m gemini_clearing_contract --layers NAME</code>.",
            layers(summary),
        ),
        _keywords(summary) if summary.total else "",
        _section("faults", "The fault catalogue", *recall(summary.recall)) if summary.recall else "",
        "</main>",
    ]
    head = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='color-scheme' content='light dark'>"
        f"<title>{escape(summary.expected)} · contract</title><style>{STYLE}</style></head><body>"
    )
    return head + "\n".join(filter(None, parts)) + "</body></html>\n"


def _heading(summary: Summary) -> str:
    tone = "good" if summary.exit_status == 0 else "bad"
    return (
        f"<h1><span class='name'>Contract report</span> <span class='verdict {tone}'>{escape(summary.expected)}</span>"
        f"</h1><p class='lead'>{escape(summary.scope)}</p>"
    )


def _facts(summary: Summary) -> str:
    facts = {
        "Target": summary.target, "Profile": summary.profile, "Seed": str(summary.seed),
        "Judged": f"{summary.total:,}", "Time": f"{summary.seconds:.1f} s",
    }  # fmt: skip
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f"<dl class='facts'>{items}</dl>"


def _stopped(summary: Summary) -> str:
    return f"<p class='stopped' role='alert'>{escape(summary.stopped)}</p>" if summary.stopped else ""


def _section(name: str, title: str, lead: str, content: str) -> str:
    head = f"<h2 id='{name}'>{escape(title)}</h2><p class='lead'>{lead}</p>"
    return f"<section aria-labelledby='{name}'>{head}{content}</section>"


def _checked(summary: Summary) -> str:
    lead = "Answers and calls judged, by operation and layer."
    return _section("checked", "What was checked", lead, matrix(summary))


def _keywords(summary: Summary) -> str:
    found = summary.keywords
    shares = [f"{found[what]:,} of {found['units']:,} {what}" for what in ("satisfied", "violated")]
    lead = f"Every rule of the request schemas: {', '.join(shares)}."
    return _section("keywords", "Schema keywords", lead, keywords(found))


def _by_check(causes: Sequence[RootCause]) -> list[tuple[str, list[RootCause]]]:
    """Causes of the same check side by side, in the order in which the checks were first broken."""
    checks = list(dict.fromkeys(cause.told_by.check for cause in causes))
    ordered = sorted(causes, key=lambda cause: checks.index(cause.told_by.check))
    return [(check, list(group)) for check, group in groupby(ordered, key=lambda cause: cause.told_by.check)]


def _index(causes: Sequence[RootCause]) -> str:
    """What failed, in a line for each cause."""
    lines: list[str] = []
    for check, group in _by_check(causes):
        lines += map(_index_line, group[:SHOWN])
        if group[SHOWN:]:
            more = count(len(group) - SHOWN, "more place")
            lines.append(f"<li><a href='#more-{group[SHOWN].number}'>{more}</a> fail the check {escape(check)}</li>")
    return f"<nav aria-label='What failed'><ul class='index'>{''.join(lines)}</ul></nav>" if lines else ""


def _index_line(cause: RootCause) -> str:
    facts = [f"seen by {count(len(cause.layers), 'layer')}"]
    if cause.following:
        facts.append(f"{count(len(cause.following), 'finding')} follow{'s' if len(cause.following) == 1 else ''}")
    return f"<li><a href='#cause-{cause.number}'>{_title(cause)}</a> <span class='soft'>{', '.join(facts)}</span></li>"


def _title(cause: RootCause) -> str:
    where = f"<code>{escape(cause.where)}</code>" if len(cause.operations) == 1 else escape(cause.where)
    return f"{where} · {escape(cause.told_by.check)} · <code>{escape(cause.place)}</code>"


def _causes(causes: Sequence[RootCause]) -> str:
    if not causes:
        return ""
    parts: list[str] = []
    for check, group in _by_check(causes):
        parts += map(_cause, group[:SHOWN])
        if group[SHOWN:]:
            more = f"{count(len(group) - SHOWN, 'more place')} that fail the check {escape(check)}"
            inner = "".join(map(_cause, group[SHOWN:]))
            parts.append(
                f"<details class='more' id='more-{group[SHOWN].number}'><summary>{more}</summary>{inner}</details>"
            )
    lead = "One rule broken at one place, whoever saw it; with the smallest case and the command that shows it again."
    return _section("causes", "What failed", lead, "".join(parts))


def _cause(cause: RootCause) -> str:
    finding = cause.told_by
    facts = {"Expected": _code(finding.expected), "Got": _code(finding.got), "Seen by": escape(", ".join(cause.layers))}
    if len(cause.operations) > 1:
        facts["In"] = ", ".join(map(_code, cause.operations))
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    return (
        f"<article class='finding' id='cause-{cause.number}' aria-labelledby='title-{cause.number}'>"
        f"<h3 id='title-{cause.number}'>{_title(cause)}</h3><dl>{items}</dl>{_case(finding)}{_replay(finding)}"
        f"{_sightings(cause)}{_following(cause)}</article>"
    )


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _case(finding: Finding) -> str:
    if not finding.case:
        return ""
    steps = "".join(f"<li>{_code(step)}</li>" for step in finding.case)
    is_open = " open" if len(finding.case) <= SHORT_CASE else ""
    return (
        f"<details{is_open}><summary>The smallest case: {count(len(finding.case), 'step')}</summary>"
        f"<ol class='case'>{steps}</ol></details>"
    )


def _replay(finding: Finding) -> str:
    """The command; one click selects the whole of it."""
    return f"<p class='replay'><span>Shows it again:</span> {_command(finding)}</p>"


def _command(finding: Finding) -> str:
    return f"<code class='command'>{escape(finding.replay)}</code>"


def _sightings(cause: RootCause) -> str:
    if len(cause.sightings) == 1:
        return ""
    title = f"All {len(cause.sightings)} sightings"
    return f"<details><summary>{title}</summary>{_rows(cause.sightings, title)}</details>"


def _following(cause: RootCause) -> str:
    if not cause.following:
        return ""
    title = f"{count(len(cause.following), 'finding')} follow{'s' if len(cause.following) == 1 else ''} from it"
    return f"<details><summary>{title}</summary>{_rows(cause.following, title)}</details>"


def _rows(findings: Iterable[Finding], title: str) -> str:
    rows = [
        f"<tr><th scope='row'>{_code(one.operation)}</th><td class='text'>{escape(one.layer)}</td>"
        f"<td class='text'>{escape(one.check)}<br>{_code(one.place)}</td><td class='text'>{_code(one.expected)}</td>"
        f"<td class='text'>{_code(one.got)}</td><td class='text'>{_command(one)}</td></tr>"
        for one in findings
    ]
    head = ["Operation", "Layer", "Check and place", "Expected", "Got", "Shows it again"]
    return table(head, rows, title, words=frozenset(head), css="findings")
