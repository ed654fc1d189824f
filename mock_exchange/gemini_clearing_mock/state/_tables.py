"""
Tables of frozen records, for any type of record.

A record is never changed, only replaced, so a table can list which of its rows a transaction has changed. `_store.py`
writes exactly those.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

__all__ = ["ChangedRow", "Records", "Table", "Tables"]

Record = TypeVar("Record")

# The table, the id of the row, and its record as JSON, or `None` for a removed row.
ChangedRow = tuple[str, str, bytes | None]

# The records of every table, by the name of the table and the id of the row.
Records = dict[str, dict[str, Any]]

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

    def pop_row(self, row: str) -> None:
        """Delete a record, if it exists."""
        if row in self:
            del self[row]

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

    def decode(self, dump: bytes) -> Records:
        """
        Return the records of a dump.

        Raises:
            ValueError: `dump` is not a dump of these tables.

        """
        try:
            parts = msgspec.json.decode(dump, type=dict[str, dict[str, msgspec.Raw]])
        except (ValueError, RecursionError) as error:  # msgspec.DecodeError is a ValueError
            raise ValueError(str(error)) from None
        if parts.keys() != self._tables.keys():
            raise ValueError(f"other tables than expected: {', '.join(sorted(parts.keys() ^ self._tables.keys()))}")
        return self.decode_rows((name, row, body) for name, rows in parts.items() for row, body in rows.items())

    def decode_rows(self, rows: Iterable[ChangedRow]) -> Records:
        """
        Return the records of rows of any tables.

        Raises:
            ValueError: a row is in an unknown table, or not a record of its table.

        """
        records: Records = {name: {} for name in self._tables}
        for name, row, body in rows:
            if name not in records:
                raise ValueError(f"unknown table '{name}'")
            if body is not None:
                records[name][row] = self._decode_record(name, row, body)
        return records

    def _decode_record(self, table: str, row: str, body: bytes) -> Any:
        try:
            return msgspec.json.decode(body, type=self._tables[table].record_type)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"{table}['{row}']: {error}") from None

    def replace(self, records: Records) -> None:
        """Replace all records."""
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
        """
        Apply rows that another process changed; return table, id and former record (or `None`) of each set row.

        Raises:
            ValueError: a row is in an unknown table, or not a record of its table; nothing has changed.

        """
        rows = list(rows)
        records = self.decode_rows(rows)
        replaced = []
        for name, row, body in rows:
            table = self._tables[name]
            if body is None:
                table.pop(row, None)
            else:
                replaced.append((name, row, table.get(row)))
                table[row] = records[name][row]
        return replaced

    def mark_saved(self) -> None:
        """Treat everything as saved."""
        for table in self._tables.values():
            table.changed.clear()
        self.are_replaced = False

    def digest(self, *names: str) -> str:
        """Return the SHA-256 of some tables, in hex."""
        return hashlib.sha256(_encode_sorted({name: self._tables[name] for name in names})).hexdigest()
