"""
The comparison of the Python API that two specs render, with today's templates.

griffe finds what is removed and which parameters are newly required. It misses what this module adds: parameters and
attributes with another type, constructors that require an attribute, and everything that is new.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import griffe

from gemini_clearing_generator import Spec, render

from ._change import Change, Place, Weight, merged

__all__ = ["compare_python", "load_package", "rendered"]

_PACKAGE = "gemini_clearing"
_Module = griffe.Object | griffe.Alias


def compare_python(old: _Module, new: _Module) -> list[Change]:
    """Return the changes of the public API between two packages."""
    return merged([*_breakages(old, new), *_own(old, new)])


def rendered(spec: Spec) -> _Module:
    """
    Return the API of the client that a spec renders.

    Raises:
        GeneratorError: the client cannot be generated.
    """
    with tempfile.TemporaryDirectory(prefix="gemini-clearing-") as folder:
        package = Path(folder) / _PACKAGE
        package.mkdir()
        render(spec, package)
        return load_package(Path(folder))


def load_package(folder: Path) -> _Module:
    """Return the API of the client in a folder, read from its source without an import."""
    return griffe.load(_PACKAGE, search_paths=[folder], allow_inspection=False)


def _breakages(old: _Module, new: _Module) -> Iterator[Change]:
    """Yield the breaking changes that griffe finds in public names."""
    for breakage in griffe.find_breaking_changes(old, new):
        if breakage.kind is griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE and _is_private(breakage.obj.path):
            continue
        what = breakage.kind.value.rstrip(".").lower()
        was, now = (None if value is None else str(value) for value in (breakage.old_value, breakage.new_value))
        place = Place(None, "Python", _public(breakage.obj.path))
        what = f"{what}: {breakage.details}".rstrip(": ")
        yield Change(Weight.MAJOR, place, what, "griffe", was, now, "python")


def _is_private(path: str) -> bool:
    return path.rpartition(".")[2].startswith("_")


def _public(path: str) -> str:
    """Return a path without private modules, as users import the name."""
    return ".".join(part for part in path.split(".") if not part.startswith("_"))


def _own(old: _Module, new: _Module) -> Iterator[Change]:
    """Yield the changes that griffe misses."""
    was, now = _signatures(old), _signatures(new)
    for path in sorted(was.keys() | now.keys()):
        place = Place(None, "Python", path)
        before, after = was.get(path), now.get(path)
        if before is None and after is not None:
            if (parent := _parent(path)) not in was and parent in now:
                continue  # part of something new
            weight = Weight.MAJOR if after[1] else Weight.MINOR
            reason = "the call or the constructor needs it" if after[1] else "nothing that exists depends on it"
            what = "added, required" if after[1] else "added"
            yield Change(weight, place, what, reason, None, after[0], "python")
        elif after is None and before is not None:
            yield Change(Weight.MAJOR, place, "removed", "code that uses it fails", before[0], None, "python")
        elif before is not None and after is not None:
            yield from _changed(place, before, after)


def _parent(path: str) -> str:
    """Return the path of the class or method that a part belongs to."""
    return path.partition("(")[0] if "(" in path else path.rpartition(".")[0]


def _changed(place: Place, before: tuple[str, bool], after: tuple[str, bool]) -> Iterator[Change]:
    if before[0] != after[0]:
        weight = Weight.MINOR if _accepts_more(before[0], after[0]) else Weight.MAJOR
        yield Change(weight, place, "type changed", "type checkers see it", before[0], after[0], "python")
    if before[1] != after[1]:
        weight, what = (Weight.MAJOR, "optional → required") if after[1] else (Weight.MINOR, "required → optional")
        yield Change(weight, place, what, "the call or the constructor needs it", source="python")


def _accepts_more(before: str, after: str) -> bool:
    """Return whether the type of a parameter has only become wider; of an attribute, any change is major."""
    parts = [set(annotation.split(" | ")) for annotation in (before, after)]
    return before.startswith("parameter ") and after.startswith("parameter ") and parts[0] <= parts[1]


def _signatures(package: _Module) -> dict[str, tuple[str, bool]]:
    """Return type and obligation of every public class, attribute and parameter, by the path that users import."""
    found: dict[str, tuple[str, bool]] = {}
    for module in package.modules.values():
        for name, member in module.members.items():
            if member.is_alias or not member.is_class or name.startswith("_"):
                continue
            found[f"{_PACKAGE}.{name}"] = ("class", False)
            for inner, part in member.members.items():
                if not inner.startswith("_") and not part.is_alias:
                    found |= _parts(f"{_PACKAGE}.{name}.{inner}", part)
    return found


def _parts(path: str, part: _Module) -> dict[str, tuple[str, bool]]:
    if isinstance(part, griffe.Function):
        found = {path: (f"-> {part.returns}", False)}
        for parameter in part.parameters:
            if parameter.name != "self":
                annotation = f"parameter | {parameter.annotation}"
                found[f"{path}({parameter.name})"] = (annotation, parameter.default is None)
        return found
    if isinstance(part, griffe.Attribute) and part.annotation is not None:
        return {path: (str(part.annotation), _is_required(part))}
    return {path: (str(part.value) if isinstance(part, griffe.Attribute) else part.kind.value, False)}


def _is_required(attribute: griffe.Attribute) -> bool:
    """Return whether the constructor of a model requires an attribute: it has no value, or `wire` without a default."""
    value = "" if attribute.value is None else str(attribute.value)
    return not value or (value.startswith("wire(") and "default=" not in value)
