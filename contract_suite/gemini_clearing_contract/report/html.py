"""
The HTML report: one file without scripts or external parts, for light and dark mode, print, and the keyboard.

The first screen shows the result and what failed. Below are each root cause with its shortest steps, and the tables of
`tables.py`.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from ..findings.finding import Finding
from ..findings.root_causes import RootCause
from .summary import Summary, count
from .tables import faults, keywords, layers, matrix, table

__all__ = ["write_html"]

STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
# How many root causes of one check are shown; the others are in a closed element.
SHOWN = 3
# A longer list of steps is in a closed element.
FEW_STEPS = 3


def write_html(summary: Summary) -> str:
    """Return the summary as an HTML page."""
    run_one = "Run one of them with <code>gemini-clearing-contract --layers NAME</code>."
    parts = [
        f"<header>{_heading(summary)}{_facts(summary)}{_stopped(summary)}{_index(summary.root_causes)}</header>",
        "<main>",
        _root_causes(summary.root_causes),
        _checked(summary) if summary.total else "",
        _section("layers", "Layers", run_one, layers(summary)),
        _keywords(summary) if summary.total else "",
        _section("faults", "Seeded faults", *faults(summary.recall)) if summary.recall else "",
        "</main>",
    ]
    head = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='color-scheme' content='light dark'>"
        f"<title>{escape(summary.result)} · contract</title><style>{STYLE}</style></head><body>"
    )
    return head + "\n".join(filter(None, parts)) + "</body></html>\n"


def _heading(summary: Summary) -> str:
    tone = "good" if summary.exit_status == 0 else "bad"
    return (
        f"<h1><span class='name'>Contract report</span> <span class='result {tone}'>{escape(summary.result)}</span>"
        f"</h1><p class='lead'>{escape(summary.scope)}</p>"
    )


def _facts(summary: Summary) -> str:
    facts = {
        "Target": summary.target, "Profile": summary.profile, "Seed": str(summary.seed),
        "Checked": f"{summary.total:,}", "Time": f"{summary.seconds:.1f} s",
    }  # fmt: skip
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f"<dl class='facts'>{items}</dl>"


def _stopped(summary: Summary) -> str:
    reasons = [reason for reason in (summary.suite_error, summary.stopped) if reason]
    return "".join(f"<p class='stopped' role='alert'>{escape(reason)}</p>" for reason in reasons)


def _section(name: str, title: str, lead: str, content: str) -> str:
    head = f"<h2 id='{name}'>{escape(title)}</h2><p class='lead'>{lead}</p>"
    return f"<section aria-labelledby='{name}'>{head}{content}</section>"


def _checked(summary: Summary) -> str:
    lead = "The number of checked responses and calls, by operation and layer."
    return _section("checked", "What was checked", lead, matrix(summary))


def _keywords(summary: Summary) -> str:
    found = summary.keywords
    shares = [f"{found[what]:,} of {found['units']:,} {what}" for what in ("satisfied", "violated")]
    lead = f"Every keyword of the request schemas: {', '.join(shares)}."
    return _section("keywords", "Schema keywords", lead, keywords(found))


def _by_check(causes: Sequence[RootCause]) -> list[tuple[str, list[RootCause]]]:
    """Group the root causes by check, in the order of the first occurrence of each check."""
    checks = list(dict.fromkeys(cause.example.check for cause in causes))
    ordered = sorted(causes, key=lambda cause: checks.index(cause.example.check))
    return [(check, list(group)) for check, group in groupby(ordered, key=lambda cause: cause.example.check)]


def _index(causes: Sequence[RootCause]) -> str:
    """Return a list of links with a line for each root cause."""
    lines: list[str] = []
    for check, group in _by_check(causes):
        lines += map(_index_line, group[:SHOWN])
        if group[SHOWN:]:
            more = count(len(group) - SHOWN, "more place")
            lines.append(f"<li><a href='#more-{group[SHOWN].number}'>{more}</a> with the check {escape(check)}</li>")
    return f"<nav aria-label='What failed'><ul class='index'>{''.join(lines)}</ul></nav>" if lines else ""


def _index_line(cause: RootCause) -> str:
    facts = [f"found by {count(len(cause.layers), 'layer')}"]
    if cause.consequences:
        facts.append(count(len(cause.consequences), "consequence"))
    return f"<li><a href='#cause-{cause.number}'>{_title(cause)}</a> <span class='soft'>{', '.join(facts)}</span></li>"


def _title(cause: RootCause) -> str:
    where = f"<code>{escape(cause.where)}</code>" if len(cause.operations) == 1 else escape(cause.where)
    return f"{where} · {escape(cause.example.check)} · <code>{escape(cause.place)}</code>"


def _root_causes(causes: Sequence[RootCause]) -> str:
    if not causes:
        return ""
    parts: list[str] = []
    for check, group in _by_check(causes):
        parts += map(_root_cause, group[:SHOWN])
        if group[SHOWN:]:
            more = f"{count(len(group) - SHOWN, 'more place')} with the check {escape(check)}"
            inner = "".join(map(_root_cause, group[SHOWN:]))
            parts.append(
                f"<details class='more' id='more-{group[SHOWN].number}'><summary>{more}</summary>{inner}</details>"
            )
    lead = (
        "Each root cause is one rule that is violated at one place, with the shortest steps and a command to reproduce."
    )
    return _section("causes", "What failed", lead, "".join(parts))


def _root_cause(cause: RootCause) -> str:
    finding = cause.example
    facts = {
        "Expected": _code(finding.expected),
        "Actual": _code(finding.actual),
        "Found by": escape(", ".join(cause.layers)),
    }
    if len(cause.operations) > 1:
        facts["In"] = ", ".join(map(_code, cause.operations))
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    occurrences = cause.occurrences if len(cause.occurrences) > 1 else ()
    return (
        f"<article class='finding' id='cause-{cause.number}' aria-labelledby='title-{cause.number}'>"
        f"<h3 id='title-{cause.number}'>{_title(cause)}</h3><dl>{items}</dl>{_steps(finding)}{_replay(finding)}"
        f"{_list(occurrences, 'occurrence')}{_list(cause.consequences, 'consequence')}</article>"
    )


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _steps(finding: Finding) -> str:
    if not finding.steps:
        return ""
    steps = "".join(f"<li>{_code(step)}</li>" for step in finding.steps)
    is_open = " open" if len(finding.steps) <= FEW_STEPS else ""
    return (
        f"<details{is_open}><summary>Shortest case: {count(len(finding.steps), 'step')}</summary>"
        f"<ol class='case'>{steps}</ol></details>"
    )


def _replay(finding: Finding) -> str:
    """Return the command; a click selects the whole of it."""
    return f"<p class='replay'><span>Reproduce:</span> {_command(finding)}</p>"


def _command(finding: Finding) -> str:
    return f"<code class='command'>{escape(finding.replay)}</code>"


def _list(findings: Sequence[Finding], noun: str) -> str:
    if not findings:
        return ""
    title = count(len(findings), noun)
    return f"<details><summary>{title}</summary>{_rows(findings, title)}</details>"


def _rows(findings: Iterable[Finding], title: str) -> str:
    rows = [
        f"<tr><th scope='row'>{_code(one.operation)}</th><td class='text'>{escape(one.layer)}</td>"
        f"<td class='text'>{escape(one.check)}<br>{_code(one.place)}</td><td class='text'>{_code(one.expected)}</td>"
        f"<td class='text'>{_code(one.actual)}</td><td class='text'>{_command(one)}</td></tr>"
        for one in findings
    ]
    head = ["Operation", "Layer", "Check and place", "Expected", "Actual", "Reproduce"]
    return table(head, rows, title, text=frozenset(head), css="findings")
