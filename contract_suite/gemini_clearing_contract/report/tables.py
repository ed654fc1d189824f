"""The tables of the HTML report: operations by layers, layers, schema keywords, and the seeded faults."""

from collections.abc import Iterable
from html import escape
from typing import Any

from .summary import Summary

__all__ = ["faults", "keywords", "layers", "matrix", "table"]

NO_COLUMNS: frozenset[str] = frozenset()


def table(
    head: list[str], rows: Iterable[str], caption: str, *, text: frozenset[str] = NO_COLUMNS, css: str = ""
) -> str:
    """Return a table that scrolls by itself; the columns in `text` are aligned to the left, numbers to the right."""
    cells = "".join(f"<th scope='col'{_alignment(cell, text)}>{escape(cell)}</th>" for cell in head)
    return (
        f"<div class='scroll {css}' tabindex='0' role='region' aria-label='{escape(caption)}'>"
        f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _alignment(cell: str, text: frozenset[str]) -> str:
    return " class='text'" if cell in text else ""


def _label(layer: str) -> str:
    return layer.replace("_", " ")


def matrix(summary: Summary) -> str:
    """Return the number of checked requests, with a row for each operation and a column for each layer."""
    names = [layer["name"] for layer in summary.layers if not layer["skipped"]]
    bad = {(finding.operation, finding.layer) for finding in summary.findings}
    rows = []
    for operation, counts in summary.requests.items():
        cells = "".join(_count(counts.get(name, 0), is_bad=(operation, name) in bad) for name in names)
        rows.append(
            f"<tr><th scope='row'><code>{escape(operation)}</code></th>{cells}<td>{sum(counts.values()):,}</td></tr>"
        )
    totals = [sum(counts.get(name, 0) for counts in summary.requests.values()) for name in names]
    cells = "".join(f"<td>{total:,}</td>" for total in [*totals, summary.total])
    rows.append(f"<tr class='total'><th scope='row'>All</th>{cells}</tr>")
    return table(["Operation", *map(_label, names), "All"], rows, "Operation by layer", css="narrow")


def _count(number: int, *, is_bad: bool) -> str:
    if is_bad:
        return f"<td class='bad'><span role='img' aria-label='with findings'>✗</span> {number:,}</td>"
    return f"<td>{number:,}</td>" if number else "<td class='none'>–</td>"


def layers(summary: Summary) -> str:
    """Return a row for each layer: complete, with findings, stopped early, or skipped and why."""
    head = ["Layer", "What it tests", "Cases", "Checked", "Findings", "Time"]
    return table(head, map(_layer, summary.layers), "Layers", text=frozenset({"What it tests"}))


def _layer(layer: dict[str, Any]) -> str:
    title, name = escape(layer["title"]), f"<code>{escape(layer['name'])}</code>"
    if layer["skipped"]:
        reason = f"<span class='warn'>skipped: {escape(layer['skipped'])}</span>"
        return (
            f"<tr><th scope='row'><span class='warn'>–</span> {name}</th>"
            f"<td class='text' colspan='5'>{title}<br>{reason}</td></tr>"
        )
    tone, mark = ("bad", "✗") if layer["findings"] or layer["stopped"] else ("good", "✓")
    stopped = f"<br><span class='bad'>stopped early: {escape(layer['stopped'])}</span>" if layer["stopped"] else ""
    return (
        f"<tr><th scope='row'><span class='{tone}'>{mark}</span> {name}</th><td class='text'>{title}{stopped}</td>"
        f"<td>{layer['cases']:,}</td><td>{layer['checked']:,}</td><td>{layer['findings']:,}</td>"
        f"<td>{layer['seconds']:.1f} s</td></tr>"
    )


def keywords(found: dict[str, Any]) -> str:
    """Return how many keywords of each request schema were satisfied, and how many violated."""
    rows = [
        f"<tr><th scope='row'><code>{escape(operation)}</code></th>"
        + "".join(_share(row[what], row["units"]) for what in ("satisfied", "violated"))
        + "</tr>"
        for operation, row in found["by_operation"].items()
    ]
    open_units = [f"{unit} (never satisfied)" for unit in found["never_satisfied"]]
    open_units += [f"{unit} (never violated)" for unit in found["never_violated"]]
    items = "".join(f"<li><code>{escape(unit)}</code></li>" for unit in open_units)
    missing = f"<details><summary>{len(open_units)} not covered</summary><ul>{items}</ul></details>"
    return table(["Operation", "Satisfied", "Violated"], rows, "Keyword coverage", css="compact") + (
        missing if open_units else ""
    )


def _share(number: int, of: int) -> str:
    share = 100 * number / of if of else 100
    tone = "good" if number == of else "bad"
    bar = f"<span class='bar {tone}' aria-hidden='true'><span style='width:{share:.1f}%'></span></span>"
    return f"<td>{bar} {number:,} of {of:,}</td>"


def faults(found: dict[str, Any]) -> tuple[str, str]:
    """Return the lead and the tables of the last `make recall`: totals, then each fault by side and expected layer."""
    seeded = found["faults"]
    seen = {name for fault in seeded for name in (fault["expected_layer"], *fault["detected_by"])}
    names = [name for name in found["layers"] if name in seen]
    missed = [fault for fault in seeded if fault["expected_layer"] not in fault["detected_by"]]
    detected = sum(bool(fault["detected_by"]) for fault in seeded)
    lead = (
        f"Of {len(seeded)} faults seeded in mock, client and spec {detected} were detected, "
        f"{len(seeded) - len(missed)} of them by the expected layer. "
        "◆ detected by the expected layer, ● by another layer, ◇ missed by the expected layer, · missed by another "
        "layer; nothing where a layer did not run, because the expected layer had detected the fault."
    )
    parts = [_totals_by_side(seeded, names)]
    if missed:
        parts.append(_group("Missed by the expected layer", missed, names, is_open=True))
    for side in dict.fromkeys(fault["side"] for fault in seeded):
        parts.append(f"<h3>In the {escape(side)}</h3>")
        for name in names:
            group = [fault for fault in seeded if (fault["side"], fault["expected_layer"]) == (side, name)]
            parts += [_group(f"Expected layer: {_label(name)}", group, names)] if group else []
    return escape(lead), "".join(parts)


def _totals_by_side(seeded: list[dict[str, Any]], names: list[str]) -> str:
    rows = []
    for side in dict.fromkeys(fault["side"] for fault in seeded):
        detected = [fault["detected_by"] for fault in seeded if fault["side"] == side]
        cells = "".join(_total(sum(name in by for by in detected)) for name in names)
        rows.append(f"<tr><th scope='row'>{escape(side)}</th><td>{len(detected):,}</td>{cells}</tr>")
    return table(["Side", "Faults", *map(_label, names)], rows, "Detected faults by side and layer", css="narrow")


def _total(number: int) -> str:
    return f"<td>{number:,}</td>" if number else "<td class='none'>–</td>"


def _group(title: str, group: list[dict[str, Any]], names: list[str], *, is_open: bool = False) -> str:
    detected = sum(fault["expected_layer"] in fault["detected_by"] for fault in group)
    tone = "good" if detected == len(group) else "bad"
    rows = [
        f"<tr><th scope='row'>{escape(fault['name'])}</th>{''.join(_mark(name, fault) for name in names)}</tr>"
        for fault in group
    ]
    head = f"{escape(title)}: <span class='{tone}'>{detected} of {len(group)}</span>"
    body = table(["Fault", *map(_label, names)], rows, title, css="narrow tall")
    return f"<details{' open' if is_open else ''}><summary>{head}</summary>{body}</details>"


def _mark(layer: str, fault: dict[str, Any]) -> str:
    is_expected = layer == fault["expected_layer"]
    if layer not in fault["layers"]:
        return "<td></td>"
    if layer not in fault["detected_by"]:
        return "<td class='bad'>◇</td>" if is_expected else "<td class='none'>·</td>"
    return "<td class='good'>◆</td>" if is_expected else "<td>●</td>"
