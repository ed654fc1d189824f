"""The options that commands have in common, and the signatures that Typer reads."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from ._connection import Options
from ._output import Format

__all__ = ["READ", "WRITE", "Csv", "JournalFile", "Json", "ProfileName", "options_of", "with_signature"]

ProfileName = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", envvar="GEMINI_CLEARING_PROFILE", help="The profile to use."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON. Money is text, so that it stays exact.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Send without a prompt.")]
JournalFile = Annotated[
    Path | None,
    typer.Option("--journal", metavar="FILE", help="The journal of writes, instead of the profile's."),
]
READ: dict[str, Any] = {"profile": ProfileName, "json": Json, "csv": Csv}
WRITE: dict[str, Any] = {**READ, "journal": JournalFile, "yes": Yes}


def with_signature(function: Callable[..., None], own: list[inspect.Parameter], common: dict[str, Any]) -> None:
    """Give a function the parameters that Typer reads: a context, its own, and the common options."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [
        inspect.Parameter(
            name, keyword, annotation=annotation, default=False if get_args(annotation)[0] is bool else None
        )
        for name, annotation in common.items()
    ]
    parameters = [inspect.Parameter("ctx", keyword, annotation=typer.Context), *own, *shared]
    required = [one for one in parameters if one.default is inspect.Parameter.empty]
    optional = [one for one in parameters if one.default is not inspect.Parameter.empty]
    function.__dict__["__signature__"] = inspect.Signature([*required, *optional])
    function.__annotations__ = {one.name: one.annotation for one in parameters}


def options_of(ctx: typer.Context, given: dict[str, Any]) -> Options:
    """Take the common options out of the given ones."""
    taken = {name: given.pop(name) for name in WRITE if name in given}
    if taken.get("json") and taken.get("csv"):
        raise typer.BadParameter("--json and --csv are both given. Pass only one of them.")
    form = Format.JSON if taken.pop("json", False) else Format.CSV if taken.pop("csv", False) else Format.AUTO
    taken.pop("csv", None)
    return Options(form=form, transport=ctx.obj, **taken)
