"""
The HTML report: one file without scripts or outside parts, readable in dark and light and without a mouse.

It shows the matrix operation × layer, the coverage of schema keywords, the findings, and, after a recall run, the
fault catalogue with what caught each.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from contract._finding import Finding
from contract._report.summary import Summary

__all__ = ["write_html"]

STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


def write_html(summary: Summary) -> str:
    """The summary as a page."""
    verdict = _verdict(summary)
    parts = [
        f"<header>{_heading(summary, verdict)}{_facts(summary)}</header>",
        "<main>",
        _findings(summary.findings),
        _section(
            "checked",
            "What was checked",
            "How many answers and calls each layer judged, by operation.",
            _matrix(summary),
        ),
        _section(
            "layers",
            "Layers",
            "Each layer can be run alone: <code>python -m contract --layers NAME</code>.",
            _layers(summary),
        ),
        _section(
            "keywords",
            "Schema keywords",
            "Every rule of the request schemas, satisfied and violated.",
            _keywords(summary.keywords),
        ),
        _recall(summary.recall) if summary.recall else "",
        "</main>",
    ]
    head = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(verdict)} · contract</title><style>{STYLE}</style></head><body>"
    )
    return head + "\n".join(filter(None, parts)) + "</body></html>\n"


def _heading(summary: Summary, verdict: str) -> str:
    return f"<h1>Contract report</h1><p class='verdict {_tone(summary)}'>{escape(verdict)}</p>"


def _verdict(summary: Summary) -> str:
    if summary.stopped:
        return "The target could not be judged to the end"
    count = len(summary.findings)
    return "No findings" if not count else f"{count} finding{'s' if count > 1 else ''}"


def _tone(summary: Summary) -> str:
    return "bad" if summary.findings or summary.stopped else "good"


def _facts(summary: Summary) -> str:
    facts = {
        "Target": summary.target, "Profile": summary.profile, "Seed": str(summary.seed),
        "Judged": f"{summary.total:,}", "Time": f"{summary.seconds:.1f} s",
    }  # fmt: skip
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    stopped = f"<p class='stopped' role='alert'>{escape(summary.stopped)}</p>" if summary.stopped else ""
    return f"<dl class='facts'>{items}</dl>{stopped}"


def _section(name: str, title: str, lead: str, content: str) -> str:
    head = f"<h2 id='{name}'>{escape(title)}</h2><p class='lead'>{lead}</p>"
    return f"<section aria-labelledby='{name}'>{head}{content}</section>"


def _table(head: list[str], rows: list[str], caption: str) -> str:
    cells = "".join(f"<th scope='col'{_left(cell)}>{escape(cell)}</th>" for cell in head)
    return (
        f"<div class='scroll' tabindex='0' role='region' aria-label='{escape(caption)}'>"
        f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _left(cell: str) -> str:
    """Columns of words are read from the left, columns of numbers from the right."""
    return " class='text'" if cell in {"What it does", "In"} else ""


def _matrix(summary: Summary) -> str:
    layers = [layer["name"] for layer in summary.layers]
    bad = {(finding.operation, finding.layer) for finding in summary.findings}
    rows = []
    for operation, counts in summary.requests.items():
        cells = "".join(_count(counts.get(layer, 0), is_bad=(operation, layer) in bad) for layer in layers)
        rows.append(
            f"<tr><th scope='row'><code>{escape(operation)}</code></th>{cells}<td>{sum(counts.values()):,}</td></tr>"
        )
    return _table(["Operation", *(layer.replace("_", " ") for layer in layers), "All"], rows, "Operation by layer")


def _count(count: int, *, is_bad: bool) -> str:
    if is_bad:
        return f"<td class='bad'><span aria-label='with findings'>✗</span> {count:,}</td>"
    return f"<td>{count:,}</td>" if count else "<td class='none'>–</td>"


def _layers(summary: Summary) -> str:
    rows = []
    for layer in summary.layers:
        tone, mark = ("bad", "✗") if layer["findings"] or layer["stopped"] else ("good", "✓")
        rows.append(
            f"<tr><th scope='row'><span class='{tone}'>{mark}</span> <code>{escape(layer['name'])}</code></th>"
            f"<td class='text'>{escape(layer['title'])}</td><td>{layer['cases']:,}</td><td>{layer['judged']:,}</td>"
            f"<td>{layer['findings']}</td><td>{layer['seconds']:.1f} s</td></tr>"
        )
    return _table(["Layer", "What it does", "Cases", "Judged", "Findings", "Time"], rows, "Layers")


def _keywords(keywords: dict[str, Any]) -> str:
    rows = []
    for operation, row in keywords["by_operation"].items():
        meters = "".join(
            f"<td><meter min='0' max='{row['units']}' value='{row[what]}' aria-label='{what}'></meter>"
            f" {row[what]} of {row['units']}</td>"
            for what in ("satisfied", "violated")
        )
        rows.append(f"<tr><th scope='row'><code>{escape(operation)}</code></th>{meters}</tr>")
    left = [f"{unit} (never satisfied)" for unit in keywords["never_satisfied"]] + [
        f"{unit} (never violated)" for unit in keywords["never_violated"]
    ]
    items = "".join(f"<li><code>{escape(unit)}</code></li>" for unit in left)
    missing = f"<details><summary>{len(left)} not reached</summary><ul>{items}</ul></details>"
    return _table(["Operation", "Satisfied", "Violated"], rows, "Keyword coverage") + (missing if left else "")


def _findings(findings: list[Finding]) -> str:
    if not findings:
        return ""
    return _section(
        "findings",
        "Findings",
        "Each with its smallest case and the command that shows it again.",
        "".join(map(_finding, findings)),
    )


def _finding(finding: Finding) -> str:
    steps = "".join(f"<li><code>{escape(step)}</code></li>" for step in finding.case)
    return (
        f"<article class='finding'><h3><code>{escape(finding.operation)}</code> {escape(finding.check)}"
        f" <span class='place'>{escape(finding.place)}</span></h3>"
        f"<dl><div><dt>Expected</dt><dd><code>{escape(finding.expected)}</code></dd></div>"
        f"<div><dt>Got</dt><dd><code>{escape(finding.got)}</code></dd></div>"
        f"<div><dt>Layer</dt><dd>{escape(finding.layer)}</dd></div></dl>"
        f"<details><summary>The smallest case: {_steps(finding)}</summary>"
        f"<ol>{steps}</ol></details>"
        f"<p class='replay'>Again: <code>{escape(finding.replay)}</code></p></article>"
    )


def _steps(finding: Finding) -> str:
    count = len(finding.case)
    return f"{count} step{'s' if count != 1 else ''}"


def _recall(recall: dict[str, Any]) -> str:
    layers = recall["layers"]
    rows = []
    for fault in recall["faults"]:
        cells = "".join(_caught(layer, fault) for layer in layers)
        tone, mark = ("good", "✓") if fault["meant"] in fault["caught_by"] else ("bad", "✗")
        rows.append(
            f"<tr><th scope='row'><span class='{tone}'>{mark}</span> {escape(fault['name'])}</th>"
            f"<td class='text'>{escape(fault['side'])}</td>{cells}</tr>"
        )
    count = f"{recall['caught']} of {len(recall['faults'])} seeded faults caught"
    lead = f"{count}; ◆ is the layer that is meant to catch it, ● another that does."
    return _section(
        "faults",
        "The fault catalogue",
        escape(lead),
        _table(["Fault", "In", *(layer.replace("_", " ") for layer in layers)], rows, "Fault by layer"),
    )


def _caught(layer: str, fault: dict[str, Any]) -> str:
    if layer not in fault["caught_by"]:
        return "<td class='bad'>◇ missed</td>" if layer == fault["meant"] else "<td class='none'>·</td>"
    return "<td class='good'>◆</td>" if layer == fault["meant"] else "<td>●</td>"
