"""The tables of the HTML report: operation × layer, layers, schema keywords, and the fault catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from .summary import Summary

__all__ = ["keywords", "layers", "matrix", "recall", "table"]

NONE: frozenset[str] = frozenset()


def table(head: list[str], rows: Iterable[str], caption: str, *, words: frozenset[str] = NONE, css: str = "") -> str:
    """A table that scrolls in itself; columns of words are read from the left, columns of numbers from the right."""
    cells = "".join(f"<th scope='col'{_left(cell, words)}>{escape(cell)}</th>" for cell in head)
    return (
        f"<div class='scroll {css}' tabindex='0' role='region' aria-label='{escape(caption)}'>"
        f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _left(cell: str, words: frozenset[str]) -> str:
    return " class='text'" if cell in words else ""


def _label(layer: str) -> str:
    return layer.replace("_", " ")


def matrix(summary: Summary) -> str:
    """How much was judged: a row for each operation, a column for each layer."""
    names = [layer["name"] for layer in summary.layers if not layer["left_out"]]
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
    """How each layer went: to its end, broken off, or not run and why."""
    head = ["Layer", "What it does", "Cases", "Judged", "Findings", "Time"]
    return table(head, map(_layer, summary.layers), "Layers", words=frozenset({"What it does"}))


def _layer(layer: dict[str, Any]) -> str:
    title, name = escape(layer["title"]), f"<code>{escape(layer['name'])}</code>"
    if layer["left_out"]:
        reason = f"<span class='warn'>not run: {escape(layer['left_out'])}</span>"
        return (
            f"<tr><th scope='row'><span class='warn'>–</span> {name}</th>"
            f"<td class='text' colspan='5'>{title}<br>{reason}</td></tr>"
        )
    tone, mark = ("bad", "✗") if layer["findings"] or layer["stopped"] else ("good", "✓")
    broken = f"<br><span class='bad'>broken off: {escape(layer['stopped'])}</span>" if layer["stopped"] else ""
    return (
        f"<tr><th scope='row'><span class='{tone}'>{mark}</span> {name}</th><td class='text'>{title}{broken}</td>"
        f"<td>{layer['cases']:,}</td><td>{layer['judged']:,}</td><td>{layer['findings']:,}</td>"
        f"<td>{layer['seconds']:.1f} s</td></tr>"
    )


def keywords(found: dict[str, Any]) -> str:
    """How many keywords of each operation's request schema were satisfied, and how many violated."""
    rows = [
        f"<tr><th scope='row'><code>{escape(operation)}</code></th>"
        + "".join(_share(row[what], row["units"]) for what in ("satisfied", "violated"))
        + "</tr>"
        for operation, row in found["by_operation"].items()
    ]
    left = [f"{unit} (never satisfied)" for unit in found["never_satisfied"]]
    left += [f"{unit} (never violated)" for unit in found["never_violated"]]
    items = "".join(f"<li><code>{escape(unit)}</code></li>" for unit in left)
    missing = f"<details><summary>{len(left)} not reached</summary><ul>{items}</ul></details>" if left else ""
    return table(["Operation", "Satisfied", "Violated"], rows, "Keyword coverage", css="compact") + missing


def _share(number: int, of: int) -> str:
    share = 100 * number / of if of else 100
    tone = "good" if number == of else "bad"
    bar = f"<span class='bar {tone}' aria-hidden='true'><span style='width:{share:.1f}%'></span></span>"
    return f"<td>{bar} {number:,} of {of:,}</td>"


def recall(found: dict[str, Any]) -> tuple[str, str]:
    """The lead and the tables of the last hunt: totals by side, then the faults, by side and by the layer meant to."""
    violations = found["faults"]
    seen = {name for fault in violations for name in (fault["meant"], *fault["caught_by"])}
    names = [name for name in found["layers"] if name in seen]
    missed = [fault for fault in violations if fault["meant"] not in fault["caught_by"]]
    caught = sum(bool(fault["caught_by"]) for fault in violations)
    lead = (
        f"Of {len(violations)} faults seeded in mock, client and spec {caught} were caught, "
        f"{len(violations) - len(missed)} of them by the layer that is meant to. "
        "◆ is the layer meant to catch a fault, ● another that does, ◇ the one meant to where it does not."
    )
    parts = [_by_side(violations, names)]
    if missed:
        parts.append(_group("Missed by the layer meant to", missed, names, is_open=True))
    for side in dict.fromkeys(fault["side"] for fault in violations):
        of_side = [fault for fault in violations if fault["side"] == side]
        by_meant = {name: [fault for fault in of_side if fault["meant"] == name] for name in names}
        parts.append(f"<h3>In the {escape(side)}</h3>")
        parts += [_group(f"Meant for {_label(name)}", group, names) for name, group in by_meant.items() if group]
    return escape(lead), "".join(parts)


def _by_side(violations: list[dict[str, Any]], names: list[str]) -> str:
    """How many faults of each side each layer caught."""
    rows = []
    for side in dict.fromkeys(fault["side"] for fault in violations):
        caught = [fault["caught_by"] for fault in violations if fault["side"] == side]
        cells = "".join(_caught_by(sum(name in layers for layers in caught)) for name in names)
        rows.append(f"<tr><th scope='row'>{escape(side)}</th><td>{len(caught):,}</td>{cells}</tr>")
    return table(["Side", "Faults", *map(_label, names)], rows, "Faults caught, by side and layer", css="narrow")


def _caught_by(number: int) -> str:
    return f"<td>{number:,}</td>" if number else "<td class='none'>–</td>"


def _group(title: str, violations: list[dict[str, Any]], names: list[str], *, is_open: bool = False) -> str:
    caught = sum(fault["meant"] in fault["caught_by"] for fault in violations)
    tone = "good" if caught == len(violations) else "bad"
    rows = [
        f"<tr><th scope='row'>{escape(fault['name'])}</th>{''.join(_caught(name, fault) for name in names)}</tr>"
        for fault in violations
    ]
    head = f"{escape(title)}: <span class='{tone}'>{caught} of {len(violations)}</span>"
    body = table(["Fault", *map(_label, names)], rows, title, css="narrow tall")
    return f"<details{' open' if is_open else ''}><summary>{head}</summary>{body}</details>"


def _caught(layer: str, fault: dict[str, Any]) -> str:
    if layer not in fault["caught_by"]:
        return "<td class='bad'>◇</td>" if layer == fault["meant"] else "<td class='none'>·</td>"
    return "<td class='good'>◆</td>" if layer == fault["meant"] else "<td>●</td>"
