"""The catalog of ported defects is complete, names its sources, and fits the mock's code."""

from collections import Counter
from pathlib import Path

from tests.faults.catalog.source_text import MOCK
from tests.faults.defects4rest.catalog import DEFECTS
from tests.faults.defects4rest.mapping import read_mapping, read_peers, read_survivors
from tests.faults.defects4rest.page import PAGE, render_page
from tests.faults.defects4rest.ported import pieces_of
from tests.faults.source_edits import sources_of
from tests.faults.undefined_names import undefined_names

ROOT = Path(__file__).resolve().parents[3]
KEYS = [row[0] for row in DEFECTS]


def test_catalog_has_140_defects() -> None:
    """The detection rate is measured on this many defects; one may be added, but not lost."""
    assert len(KEYS) == 140
    assert [] == [key for key, count in Counter(KEYS).items() if count > 1]


def test_every_piece_fits_the_mock() -> None:
    """A defect quotes the mock's current source; a renaming updates the defects that quote the old text."""
    sources = sources_of(MOCK).values()

    assert [] == [
        (row[0], old) for row in DEFECTS for old, _ in pieces_of(row) if not any(old in source for source in sources)
    ]


def test_every_piece_changes_the_mock() -> None:
    """A replacement differs from the replaced text, otherwise nothing could detect the defect."""
    assert [] == [row[0] for row in DEFECTS if not pieces_of(row) or any(old == new for old, new in pieces_of(row))]


def test_edited_modules_define_the_names_they_use(tmp_path: Path) -> None:
    """A replacement uses only names that its module defines, so that no defect is detected because of a `NameError`."""
    for number, row in enumerate(DEFECTS):
        for module, source in sources_of(MOCK).items():
            edited = source
            for old, new in pieces_of(row):
                edited = edited.replace(old, new)
            if edited != source:
                (tmp_path / f"{number}-{module}.py").write_text(edited, encoding="utf-8")

    assert len(list(tmp_path.iterdir())) >= len(DEFECTS)
    assert [] == [(KEYS[int(name.partition("-")[0])], message) for name, message in undefined_names(tmp_path)]


def test_mapping_has_every_defect_of_the_selection() -> None:
    """The selection has 59 reproducible defects and 258 classified ones; 37 are in both files."""
    files = Counter(row.file for row in read_mapping())

    assert files["reproducible"] + files["both"] == 59
    assert files["classified"] + files["both"] == 258
    assert len({row.defect for row in read_mapping()}) == files.total()


def test_mapping_names_a_fault_or_a_reason() -> None:
    """Each row names a defect of the catalog, its own or another one with the same mechanism, or has a reason."""
    rows = read_mapping()

    assert [] == [row for row in rows if row.fault and row.fault not in KEYS]
    assert [] == [row for row in rows if row.fault != row.defect and not row.note]
    assert set(KEYS) == {row.defect for row in rows if row.fault == row.defect}


def test_survivors_have_a_reason() -> None:
    """A defect that the suite does not detect is in the catalog, and is listed with the reason."""
    survivors = read_survivors()

    assert set(survivors) <= set(KEYS)
    assert all(survivors.values())


def test_other_tools_ran_on_every_defect() -> None:
    """The table of the other tools has each ported defect, and the totals that the documentation states."""
    peers = read_peers()
    totals = {tool: sum(row[tool] == "yes" for row in peers.values()) for tool in ("schemathesis", "specmatic")}
    stated = (ROOT / "docs/defects4rest.md").read_text(encoding="utf-8")

    assert set(KEYS) == set(peers)
    assert f"| **all** | **140** | **{140 - len(read_survivors())}** | **{totals['schemathesis']}** | " in stated
    assert f" | **{totals['specmatic']}** |" in stated


def test_page_is_up_to_date() -> None:
    """The page of the mapping equals the output of `make docs`."""
    assert (ROOT / PAGE).read_text(encoding="utf-8") == render_page(), "Run `make docs`, and commit the result."
