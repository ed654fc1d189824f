"""
The parameters of a command, from the declaration of its operation: nothing here names a field of the API but one.

Texts become exact values with the scalars of the spec, so that a wrong value is a usage error before anything is sent.
"""

import inspect
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from gemini_clearing import GeminiClearing
from gemini_clearing_auth._secrets import shown
from gemini_clearing_runtime import (
    Argument,
    Boolean,
    ClosedEnum,
    DecimalNumber,
    DecimalText,
    EnumValue,
    Integer,
    Number,
    Operation,
    Time,
)
from gemini_clearing_runtime._scalars import Scalar

__all__ = ["operation_parameters", "option_name", "parameter", "summary_of", "takes_times", "text_parser"]

# The order that a command is about is an argument; everything else is an option.
_POSITIONAL = "clearing_id"
_METAVARS: dict[type[Any], str] = {
    DecimalText: "DECIMAL",
    DecimalNumber: "DECIMAL",
    Number: "NUMBER",
    Integer: "INTEGER",
    Time: "TIME",
}


def operation_parameters(operation: Operation[Any]) -> list[inspect.Parameter]:
    """Return a parameter for each argument of an operation, with Typer's description of it."""
    helps = _argument_helps(operation.name)
    names = [argument.name for argument in operation.arguments]
    return [_parameter(one, _with_options(helps.get(one.name, ""), names)) for one in operation.arguments]


def parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """Return a parameter of a command that no operation declares."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def takes_times(operation: Operation[Any]) -> bool:
    """Return whether an argument of an operation is a time."""
    return any(isinstance(argument.scalar, Time) for argument in operation.arguments)


def summary_of(operation: Operation[Any]) -> str:
    """Return the first sentence of the spec about an operation."""
    return _docstring(operation.name).partition("\n")[0]


def _parameter(argument: Argument, help_text: str) -> inspect.Parameter:
    annotation, settings = _type_of(argument)
    option = option_name(argument.name)
    info: Any
    if argument.name == _POSITIONAL:
        info = typer.Argument(help=help_text, show_default=False, **{**settings, "metavar": argument.name.upper()})
    elif annotation is bool:
        info = typer.Option(f"{option}/--no-{option[2:]}", help=help_text, show_default=False)
    else:
        info = typer.Option(option, help=help_text, show_default=False, **settings)
    return inspect.Parameter(
        argument.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if argument.required else None,
        annotation=Annotated[annotation if argument.required else annotation | None, info],
    )


def option_name(name: str) -> str:
    """Return the option for an argument."""
    return "--" + name.replace("_", "-")


def _with_options(text: str, names: list[str]) -> str:
    """Replace the names of arguments by those of options; a terminal shows no Markdown."""
    return re.sub(r"`([^`]+)`", lambda match: option_name(match[1]) if match[1] in names else match[1], text)


def _type_of(argument: Argument) -> tuple[Any, dict[str, Any]]:
    """Return the annotation of a parameter, and the settings of Typer that parse its text."""
    scalar = argument.scalar
    if isinstance(scalar, Boolean):
        return bool, {}
    if isinstance(scalar, EnumValue) and issubclass(scalar.enum, ClosedEnum):
        return scalar.enum, {"case_sensitive": False}
    settings: dict[str, Any] = {"parser": text_parser(scalar), "metavar": _METAVARS.get(type(scalar), "TEXT")}
    if isinstance(scalar, EnumValue):
        settings["autocompletion"] = _completion([str(member.value) for member in scalar.enum])
    return str, settings


def _completion(values: list[str]) -> Callable[[str], list[str]]:
    return lambda incomplete: [value for value in values if value.startswith(incomplete)]


def text_parser(scalar: Scalar) -> Callable[[str], Any]:
    """Return a function that makes a valid value of a text; Typer reports its `BadParameter`."""
    read = _READERS.get(type(scalar), str)

    def parse(text: str) -> Any:
        try:
            value = read(text)
            scalar.serialize(value)
        except ValueError as error:
            # A person types text: the name of a Python type does not describe it.
            raise typer.BadParameter(re.sub(r"^(?:str|int|Decimal|datetime) ", "", f"{error}.")) from None
        return value

    return parse


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,30}", text):
        raise ValueError(f"{shown(text)}. Pass an integer")
    return int(text)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{shown(text)}. Pass a number") from None


def _time(text: str) -> datetime | int:
    if text.isdecimal():
        return int(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{shown(text)}. Pass a time such as 2026-11-28T16:00:00Z, or milliseconds since the epoch"
        ) from None


_READERS: dict[type[Any], Callable[[str], Any]] = {Integer: _integer, Number: _number, Time: _time}


def _docstring(method: str) -> str:
    return inspect.getdoc(getattr(GeminiClearing, method)) or ""


def _argument_helps(method: str) -> dict[str, str]:
    """Return the descriptions of the arguments from the generated docstring, which has them from the spec."""
    _, _, section = _docstring(method).partition("Args:\n")
    section = re.split(r"\n\n|\Z", section)[0]
    entries = re.split(r"\n(?=    \w)", "\n" + section)[1:]
    pairs = (entry.strip().partition(": ") for entry in entries)
    return {name: " ".join(text.split()) for name, _, text in pairs}
