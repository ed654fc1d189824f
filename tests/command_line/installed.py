"""Helpers: a folder like `site-packages` with this checkout's files and their RECORD, and edits of it."""

import base64
import csv
import hashlib
import io
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from gemini_clearing_cli import find_installation, verify
from tests.project.reading import PYPROJECT, ROOT

__all__ = ["INFO", "PACKAGES", "SPEC", "Edit", "change_one_byte", "differences", "record", "unpack"]

PACKAGES = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
INFO = "gemini_clearing-0.1.0.dist-info"
SPEC = "gemini_clearing_contract/clearing.yaml"
Edit = Callable[[str], Path]


def unpack(folder: Path, packages: Sequence[str] = PACKAGES) -> None:
    """Write the files of a wheel of this checkout, with all of its packages or with some."""
    for package in packages:
        shutil.copytree(ROOT / package, folder / Path(package).name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / SPEC).parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / "openapi" / "clearing.yaml", folder / SPEC)
    (folder / INFO).mkdir()
    (folder / INFO / "METADATA").write_text("Metadata-Version: 2.4\nName: gemini-clearing\nVersion: 0.1.0\n")
    (folder / INFO / "RECORD").write_text(record(folder), encoding="utf-8")


def record(folder: Path) -> str:
    """Return the RECORD of a folder."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "RECORD"):
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
        writer.writerow([path.relative_to(folder).as_posix(), f"sha256={digest}", path.stat().st_size])
    writer.writerow([f"{INFO}/RECORD", "", ""])
    return text.getvalue()


def differences(folder: Path, wheel: Path | None = None) -> list[str]:
    """Return the differences of an installation."""
    return list(verify(find_installation(folder), wheel=wheel).differences)


def change_one_byte(path: Path, place: float = 0.5) -> None:
    """Flip a bit in a file, at a part of its length from 0 to 1."""
    content = bytearray(path.read_bytes())
    content[min(int(len(content) * place), len(content) - 1)] ^= 1
    path.write_bytes(content)
