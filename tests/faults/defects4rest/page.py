"""`python -m tests.faults.defects4rest.page`: write the mapping as a page of the documentation."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults.defects4rest.catalog import DEFECTS
from tests.faults.defects4rest.mapping import Mapped, read_mapping, read_peers, read_survivors

__all__ = ["PAGE", "render_page"]

PAGE = Path("docs/defects4rest-mapping.md")
COLUMNS = ("defect", "the mock's fault", "this suite", "schemathesis", "Specmatic")
HEAD = """# Mapping of Defects4REST

Each defect of the selection with the fault that it became, or the reason why it is not ported.
[Defects of other REST APIs](defects4rest.md) describes the selection, the results, and how the other tools were run.
A defect is named by its project and the number of the issue in the project's own tracker.
This page is generated: edit `tests/faults/defects4rest/`, and run `make docs`.
"""


def main() -> int:
    """Write the page."""
    PAGE.write_text(render_page(), encoding="utf-8")
    return 0


def render_page() -> str:
    """Return the page as Markdown."""
    rows = read_mapping()
    reproducible = [row for row in rows if row.file != "classified"]
    classified = [row for row in rows if row.file == "classified"]
    parts = [
        HEAD,
        "## Reproducible defects\n",
        _table(COLUMNS, map(_reproducible_row, reproducible)),
        "## Classified defects that became a fault\n",
        _table(COLUMNS, (_fault_row(row.defect) for row in _with_own_fault(classified))),
        "## Classified defects with the mechanism of another one\n",
        _table(("fault", "defects"), _shared(classified)),
        "## Classified defects that are not ported\n",
        _table(("reason", "defects"), _not_ported(classified)),
    ]
    return "\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).replace("| --- ", "|---").replace("--- |", "---|")


def _fault_row(defect: str) -> tuple[str, ...]:
    text = next(row[1] for row in DEFECTS if row[0] == defect)
    return defect, text, "no" if defect in read_survivors() else "yes", *read_peers()[defect].values()


def _reproducible_row(row: Mapped) -> tuple[str, ...]:
    return _fault_row(row.fault) if row.fault else (row.defect, f"not ported: {row.note}", "", "", "")


def _with_own_fault(rows: Iterable[Mapped]) -> Iterator[Mapped]:
    return (row for row in rows if row.fault == row.defect)


def _shared(rows: Iterable[Mapped]) -> Iterator[tuple[str, str]]:
    return _grouped((row.fault, row.defect) for row in rows if row.fault and row.fault != row.defect)


def _not_ported(rows: Iterable[Mapped]) -> Iterator[tuple[str, str]]:
    return _grouped((row.note, row.defect) for row in rows if not row.fault)


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Join the second values of pairs with the same first value."""
    groups: dict[str, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return ((key, ", ".join(values)) for key, values in groups.items())


if __name__ == "__main__":
    sys.exit(main())
