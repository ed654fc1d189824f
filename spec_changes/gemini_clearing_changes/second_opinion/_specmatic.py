"""
Specmatic, run on two specs: offline, without telemetry, and within a limit of time.

`make specmatic` installs the locked version. `_output.py` reads what it prints.
"""

import copy
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._output import NoResult, SpecmaticResult, read_output

__all__ = ["LIMIT_S", "OFFLINE", "java_command", "readable", "specmatic_jar", "specmatic_opinion"]

LIMIT_S = 120.0
"""The time that one comparison may take, in seconds; it needs about 7 s of CPU time."""

_INSTALLED = Path(".build/specmatic/specmatic/core/specmatic.jar")
# The variable turns telemetry off, but Specmatic may still report that it is off. Java resolves no name if its hosts
# file does not exist: https://bugs.java.com/bugdatabase/view_bug?bug_id=8176361
OFFLINE = {"SPECMATIC_DISABLE_TELEMETRY": "true"}
"""The variables with which Specmatic sends nothing."""
_JAVA = ("java", "-XX:TieredStopAtLevel=1", "-Djdk.net.hosts.file=none", "-jar")


def specmatic_jar(root: Path) -> Path:
    """Return the jar that `SPECMATIC_JAR` names, or that of `make specmatic`."""
    return Path(os.environ.get("SPECMATIC_JAR") or root / _INSTALLED).absolute()


def java_command(jar: Path, *arguments: str) -> list[str]:
    """Return the command that runs Specmatic without the network, apart from addresses in numbers."""
    return [*_JAVA, str(jar), *arguments]


def readable(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a spec without `3XX` responses and links: Specmatic rejects a spec that has them."""
    plain: dict[str, Any] = copy.deepcopy(dict(document))
    for item in plain.get("paths", {}).values():
        for responses in (one["responses"] for one in item.values() if isinstance(one, dict) and "responses" in one):
            responses.pop("3XX", None)
            for response in responses.values():
                response.pop("links", None)
    return plain


def specmatic_opinion(
    before: Mapping[str, Any], after: Mapping[str, Any], jar: Path, limit_s: float = LIMIT_S
) -> SpecmaticResult | NoResult:
    """Return what Specmatic says on two specs, or the reason for no result."""
    if before == after:
        return NoResult("not run, the spec has not changed")
    if not shutil.which("java"):
        return NoResult("not run, Java is not installed")
    if not jar.is_file():
        return NoResult(f"not run, {_missing(jar)}")
    with tempfile.TemporaryDirectory(prefix="gemini-clearing-") as name:
        folder = Path(name)
        for file, document in (("old.json", before), ("new.json", after)):
            (folder / file).write_text(json.dumps(readable(document), default=str), "utf-8")
        return _run(java_command(jar, "compare", "old.json", "new.json"), folder, limit_s)


def _missing(jar: Path) -> str:
    if os.environ.get("SPECMATIC_JAR"):
        return f"SPECMATIC_JAR names a file that does not exist: {jar}"
    return "Specmatic is not installed (`make specmatic` installs it)"


def _run(command: list[str], folder: Path, limit_s: float) -> SpecmaticResult | NoResult:
    try:
        done = subprocess.run(  # noqa: S603  (no shell; the developer has installed or named the jar)
            command,
            cwd=folder,
            env={**os.environ, **OFFLINE},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return NoResult(f"run, but it did not end within {limit_s:g} s")
    except OSError as error:
        return NoResult(f"run, but Java did not start: {error.strerror}")
    return read_output(done.stdout, done.returncode)
