"""
The fields with times in the responses of one class: they become `datetime` objects after `msgspec` has parsed them.

`msgspec` itself reads numbers as seconds only. As `float` they are exact, see `LAST_EXACT`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_type_hints

import msgspec

from ._annotations import item_class, unwrap
from ._model import Model, fields_of, set_sent_times
from ._timestamps import FIRST_MILLISECONDS, LAST_EXACT, time_of

__all__ = ["TimeFields"]

_TIMES = list[datetime]
SentTimes = dict[int, dict[str, int | str]]


class TimeFields(msgspec.Struct, frozen=True):
    """The fields with times of a class, and its lists of objects that have such fields."""

    times: tuple[str, ...]
    lists: tuple[tuple[str, "TimeFields"], ...]

    @classmethod
    def of(cls, model: type[Model]) -> "TimeFields":
        """Return the fields of a class."""
        hints = get_type_hints(model)
        names = [field.name for field in fields_of(model)]
        items = [(name, cls.of(item)) for name in names if (item := item_class(hints[name])) is not None]
        return cls(
            times=tuple(name for name in names if unwrap(hints[name])[0] is datetime),
            lists=tuple((name, fields) for name, fields in items if fields.times or fields.lists),
        )

    def replace(self, rows: Sequence[Any]) -> SentTimes:
        """
        Replace the times of parsed objects with `datetime` objects.

        Returns:
            the times that were not sent as milliseconds in a JSON integer, by the `id` of the object and the field.
        """
        sent: SentTimes = {}
        self._replace(rows, sent)
        return sent

    def _replace(self, rows: Sequence[Any], sent: SentTimes) -> None:
        for name in self.times:
            values = [getattr(row, name) for row in rows]
            if set(map(type, values)) == {int} and min(values) >= FIRST_MILLISECONDS and max(values) < LAST_EXACT:
                # The usual form. `msgspec` makes all of them in a fifth of the time that Python takes.
                moments = msgspec.convert([one / 1000 for one in values], _TIMES, strict=False)
                for row, moment in zip(rows, moments, strict=True):
                    setattr(row, name, moment)
            else:
                _replace_each(rows, name, values, sent)
        for name, fields in self.lists:
            for row in rows:
                fields._replace(getattr(row, name) or (), sent)

    def keep(self, rows: Sequence[Any], made: Sequence[Any], sent: SentTimes) -> None:
        """Pass the forms in which times were sent to the objects that were made of the parsed ones."""
        for row, result in zip(rows, made, strict=True):
            if (sent_times := sent.get(id(row))) is not None:
                set_sent_times(result, sent_times)
            for name, fields in self.lists:
                fields.keep(getattr(row, name) or (), getattr(result, name) or (), sent)


def _replace_each(rows: Sequence[Any], name: str, values: Sequence[Any], sent: SentTimes) -> None:
    """Replace times of which some are absent, or sent in another form than milliseconds."""
    for row, value in zip(rows, values, strict=True):
        if value is None:
            continue
        setattr(row, name, time_of(value))
        if type(value) is not int or not FIRST_MILLISECONDS <= value < LAST_EXACT:
            sent.setdefault(id(row), {})[name] = value if isinstance(value, str) else int(value)
