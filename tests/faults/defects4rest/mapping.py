"""
The mapping: which fault each defect of the selection became, or why it is not ported.

`mapping.tsv` has a row for each defect of Defects4REST that was considered. `file` names the file of the selection:
`reproducible` (published steps to reproduce), `classified` (an issue with a type), or `both`.
"""

import csv
from pathlib import Path
from typing import NamedTuple

__all__ = ["PEERS", "Mapped", "read_mapping", "read_peers", "read_survivors"]

FOLDER = Path(__file__).parent
# The last full measurement of the other tools, which `make defects4rest PEERS=1` writes.
PEERS = FOLDER / "peers.tsv"


class Mapped(NamedTuple):
    """A defect of the selection: `fault` is the defect whose fault has its mechanism, empty if it is not ported."""

    defect: str
    file: str
    type: str
    fault: str
    note: str


def read_mapping() -> list[Mapped]:
    """Return the rows of the mapping."""
    with (FOLDER / "mapping.tsv").open(encoding="utf-8") as file:
        return [Mapped(**row) for row in csv.DictReader(file, delimiter="\t")]


def read_survivors() -> dict[str, str]:
    """Return the reason of each ported defect that the suite does not detect."""
    with (FOLDER / "survivors.tsv").open(encoding="utf-8") as file:
        return {row["defect"]: row["reason"] for row in csv.DictReader(file, delimiter="\t")}


def read_peers() -> dict[str, dict[str, str]]:
    """Return for each ported defect the tools that were run on it, and `yes` or `no` for each: was it detected?"""
    with PEERS.open(encoding="utf-8") as file:
        return {row.pop("defect"): row for row in csv.DictReader(file, delimiter="\t")}
