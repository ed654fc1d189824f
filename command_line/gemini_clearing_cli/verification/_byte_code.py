"""Compiled files in `__pycache__`: Python loads them in place of a module, without reading the module."""

import marshal
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType

from ._files import UnusableFileError, content_of

__all__ = ["difference_of", "module_of"]

# Magic number, flags, and time and size of the module: https://peps.python.org/pep-0552/
_HEADER_BYTES = 16
_ADVICE = "not the code of its module. Delete it"


def module_of(path: Path) -> Path | None:
    """Return the module that a compiled file belongs to; None for another file."""
    module, _, rest = path.name.partition(".")
    return path.parent.parent / f"{module}.py" if rest.endswith(".pyc") and rest != "pyc" else None


def difference_of(path: Path, module: Path) -> str | None:
    """
    Return why a compiled file is not that of its module; an empty text if it is, None if it was not compared.

    This Python does not load the files of another Python or tool, and compiles an outdated one again.
    """
    level = _level(path)
    try:
        content, source = content_of(path), content_of(module)
    except UnusableFileError as error:
        return error.reason or error.kind
    if level is None or content[:4] != MAGIC_NUMBER or _is_stale(content, module, len(source)):
        return None
    return "" if _is_code_of(content[_HEADER_BYTES:], source, level) else _ADVICE


def _level(path: Path) -> int | None:
    """Return the optimization level in the name of a compiled file of this Python."""
    tag = path.name.split(".", 1)[1].removesuffix(".pyc")
    levels = {f"{sys.implementation.cache_tag}{suffix}": level for level, suffix in enumerate(("", ".opt-1", ".opt-2"))}
    return levels.get(tag)


def _is_stale(content: bytes, module: Path, size: int) -> bool:
    """Return whether Python would compile the module again, by its time or its size."""
    if content[4:8] != bytes(4):
        return False
    expected = (int(module.stat().st_mtime) & 0xFFFFFFFF, size & 0xFFFFFFFF)
    return content[8:_HEADER_BYTES] != b"".join(number.to_bytes(4, "little") for number in expected)


def _is_code_of(content: bytes, source: bytes, level: int) -> bool:
    try:
        found = marshal.loads(content)  # noqa: S302  (Python itself loads this .pyc file at import; `verify` compares the code and does not run it)
        if not isinstance(found, CodeType):
            return False
        return _same(found, compile(source, found.co_filename, "exec", dont_inherit=True, optimize=level))
    except (EOFError, MemoryError, SyntaxError, SystemError, TypeError, ValueError):
        return False


def _same(one: CodeType, other: CodeType) -> bool:
    try:
        # Version 2 has no references between values, which depend on the state of the process.
        return marshal.dumps(one, 2) == marshal.dumps(other, 2)
    except ValueError:  # Python 3.14 has constants that need a newer version
        return one == other
