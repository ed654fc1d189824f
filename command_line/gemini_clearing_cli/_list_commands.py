"""The commands of the lists: all rows between two times, printed as they arrive, or one response."""

import inspect
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import attrs
import typer

from gemini_clearing import ClearingError, GeminiClearing, InvalidRow, WalkProgress, _operations
from gemini_clearing_runtime import Operation, Time, Walker

from ._calls import print_result, read
from ._common import READ, options_of, with_signature
from ._connection import Options, connect
from ._exit_codes import ExitCode
from ._interrupts import Interrupts
from ._output import RowWriter, print_message
from ._parameters import operation_parameters, option_name, parameter, text_parser
from ._progress import shown_progress
from ._text import plain, record_of, row_type_of

__all__ = ["WALKERS", "list_function"]

WALKERS = {one.operation.name: one for one in vars(_operations).values() if isinstance(one, Walker)}
"""The iterator of each operation that lists rows."""

_LONGEST_ROW = 500
_TIME: dict[str, Any] = {"parser": text_parser(Time(minimum=0)), "metavar": "TIME", "show_default": False}
_OWN = {
    "start": Annotated[Any, typer.Option("--start", help="The first time, inclusive.", **_TIME)],
    "end": Annotated[Any, typer.Option("--end", help="The last time, inclusive.", **_TIME)],
    "newest_first": Annotated[bool, typer.Option("--newest-first", help="Print the newest rows first.")],
    "limit": Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="INTEGER", show_default=False, help="Stop after this number of rows."),
    ],
    "skip_bad_rows": Annotated[
        bool, typer.Option("--skip-bad-rows", help="Exit with 0 although rows violate the spec; they are on stderr.")
    ],
}
_DEFAULTS: dict[str, Any] = {"start": None, "end": None, "newest_first": False, "limit": None, "skip_bad_rows": False}


def list_function(operation: Operation[Any], walker: Walker[Any]) -> Callable[..., None]:
    """Return the function of the command of a list, with the signature that Typer reads."""
    filters = inspect.signature(getattr(GeminiClearing, walker.name)).parameters
    one_request = [argument.name for argument in operation.arguments if argument.name not in filters]

    def command(ctx: typer.Context, **given: Any) -> None:
        options = options_of(ctx, given)
        own = {name: given.pop(name) for name in _OWN}
        asked = [name for name in one_request if given.get(name) is not None]
        if not asked:
            _Listing(walker, {name: given[name] for name in given if name in filters}, options, **own).run()
            return
        if mixed := [name for name in _OWN if own[name] != _DEFAULTS[name]]:
            raise typer.BadParameter(
                f"{option_name(asked[0])} makes one request, and {option_name(mixed[0])} needs many. Pass one of them."
            )
        print_result(read(operation, given, options), options)

    own = [parameter(name, annotation, _DEFAULTS[name]) for name, annotation in _OWN.items()]
    with_signature(command, [*operation_parameters(operation), *own], READ)
    return command


@attrs.define
class _Listing:
    """One run of a command: the rows that were printed, and the rows that violate the spec."""

    walker: Walker[Any]
    filters: dict[str, Any]
    options: Options
    start: Any
    end: Any
    newest_first: bool
    limit: int | None
    skip_bad_rows: bool
    last: Any = None
    bad: int = 0

    def run(self) -> None:
        """Print the rows. Ctrl-C and errors state how many rows were printed."""
        what, columns = row_type_of(self.walker.operation.response) or ("rows", [])
        writer = RowWriter(columns, self.options.form, what=what)
        try:
            with connect(self.options) as clearing, shown_progress(what) as on_progress:
                self._print(self._rows(clearing, on_progress), writer)
        except (ClearingError, KeyboardInterrupt) as error:
            writer.finish(is_complete=False)
            if isinstance(error, KeyboardInterrupt):
                self._report_end("Interrupted", writer.count)
                raise typer.Exit(ExitCode.INTERRUPTED) from None
            self._report_end("Incomplete", writer.count)
            raise
        writer.finish()
        if self.bad and not self.skip_bad_rows:
            print_message(f"Rows that violate the spec: {self.bad}. They are not in the list.", style="red")
            raise typer.Exit(ExitCode.CONTRACT)

    def _rows(self, clearing: GeminiClearing, on_progress: Callable[[WalkProgress], object]) -> Iterator[Any]:
        rows: Iterator[Any] = getattr(clearing, self.walker.name)(
            **self.filters,
            start=self.start,
            end=self.end,
            newest_first=self.newest_first,
            on_bad_row=self._report_bad_row,
            on_progress=on_progress,
        )
        return rows

    def _print(self, rows: Iterator[Any], writer: RowWriter) -> None:
        interrupts = Interrupts(second_always=True)
        with interrupts.deferred():
            while self.limit is None or writer.count < self.limit:
                row = interrupts.call(lambda: next(rows, None))
                if row is None:
                    return
                writer.write(record_of(row))
                self.last = row

    def _report_bad_row(self, row: InvalidRow) -> None:
        self.bad += 1
        text = row.content.decode(errors="backslashreplace")
        shortened = text if len(text) <= _LONGEST_ROW else f"{text[:_LONGEST_ROW]}…"
        print_message(f"row violates the spec: {row.place}: {row.problem}: {shortened}", style="red")

    def _report_end(self, beginning: str, count: int) -> None:
        """State how far the list was printed, and the option that continues there."""
        if self.last is not None:
            reached = plain(getattr(self.last, self.walker.time))
            option = "--end" if self.newest_first else "--start"
            print_message(f"{beginning}. Rows printed: {count}. Continue with {option} {reached}.", style="bold")
        elif beginning == "Interrupted":
            print_message(f"{beginning}. No rows were printed.", style="bold")
