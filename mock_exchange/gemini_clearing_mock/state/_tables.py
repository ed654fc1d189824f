"""
Tables of frozen records, for any type of record.

A record is never changed, only replaced, so a table can list which of its rows a transaction has changed. `_store.py`
writes exactly those.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

__all__ = ["ChangedRow", "Table", "Tables"]

Record = TypeVar("Record")

# The table, the id of the row, and its record as JSON, or `None` for a removed row.
ChangedRow = tuple[str, str, bytes | None]

_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_encode = msgspec.json.encode


class Table(dict[str, Record], Generic[Record]):
    """Records by id, and the ids that were set or deleted since the last `mark_saved`."""

    def __init__(self, record_type: Any) -> None:
        self.record_type = record_type
        self.changed: set[str] = set()

    def __setitem__(self, row: str, record: Record) -> None:
        super().__setitem__(row, record)
        self.changed.add(row)

    def __delitem__(self, row: str) -> None:
        super().__delitem__(row)
        self.changed.add(row)

    def clear(self) -> None:
        """Remove every record."""
        self.changed.update(self)
        super().clear()


class Tables:
    """All tables of a state, by name."""

    def __init__(self, tables: dict[str, Table[Any]]) -> None:
        self._tables = tables
        # Set when every row was replaced: other processes must then read everything again.
        self.are_replaced = False

    def clear(self) -> None:
        """Remove every record of every table."""
        for table in self._tables.values():
            table.clear()

    def dump(self) -> bytes:
        """Return all records as JSON, in the format of a snapshot."""
        return _encode_sorted(self._tables)

    def load(self, dump: bytes) -> None:
        """
        Replace all records by those of a dump.

        Raises:
            msgspec.DecodeError, UnicodeDecodeError, KeyError: `dump` is not a dump; the tables are unchanged.

        """
        parts = msgspec.json.decode(dump, type=dict[str, dict[str, msgspec.Raw]])
        records = {
            name: {row: msgspec.json.decode(body, type=table.record_type) for row, body in parts[name].items()}
            for name, table in self._tables.items()
        }
        for name, table in self._tables.items():
            table.clear()
            for row, record in records[name].items():
                table[row] = record
        self.are_replaced = True

    def changed_rows(self) -> Iterator[ChangedRow]:
        """Iterate over the rows that were changed since the last `mark_saved`."""
        for name, table in self._tables.items():
            for row in table.changed:
                yield name, row, _encode(table[row]) if row in table else None

    def apply(self, rows: Iterable[ChangedRow]) -> list[tuple[str, str, Any]]:
        """Apply rows that another process changed; return table, id and former record (or `None`) of each set row."""
        replaced = []
        for name, row, body in rows:
            table = self._tables[name]
            if body is None:
                table.pop(row, None)
            else:
                replaced.append((name, row, table.get(row)))
                table[row] = msgspec.json.decode(body, type=table.record_type)
        return replaced

    def mark_saved(self) -> None:
        """Treat everything as saved."""
        for table in self._tables.values():
            table.changed.clear()
        self.are_replaced = False

    def digest(self, *names: str) -> str:
        """Return the SHA-256 of some tables, in hex."""
        return hashlib.sha256(_encode_sorted({name: self._tables[name] for name in names})).hexdigest()
