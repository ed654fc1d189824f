"""The dependencies of the installed wheel: a list of them (SBOM), and their known vulnerabilities."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ._commands import TOOLS, run, succeed
from ._errors import ReleaseError

__all__ = ["audit", "audit_line", "write_sbom"]

_OWN = "gemini-clearing"


def write_sbom(python: Path, path: Path) -> str:
    """Write the SBOM of an environment in CycloneDX's JSON, and return a line for the report."""
    if not (TOOLS / "cyclonedx-py").exists():
        return "SKIPPED: SBOM (cyclonedx-bom is not installed)"
    succeed(TOOLS / "cyclonedx-py", "environment", "--output-reproducible", "--output-file", path, python)
    return f"SBOM: {path}"


def audit(python: Path) -> str:
    """
    Look for known vulnerabilities of an environment, and return a line for the report.

    Raises:
        ReleaseError: a dependency has a known vulnerability.
    """
    packages = succeed(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    options = ("--progress-spinner=off", "--timeout=10", "--format=json", "--path", packages)
    done = run(TOOLS / "pip-audit", *options)
    return audit_line(done.stdout, done.stderr)


def audit_line(printed: str, errors: str) -> str:
    """
    Return the report line for the output of pip-audit. A dependency outside of its database was not audited.

    Raises:
        ReleaseError: a dependency has a known vulnerability.
    """
    try:
        dependencies = [one for one in json.loads(printed)["dependencies"] if one["name"] != _OWN]
    except (ValueError, KeyError):
        return f"SKIPPED: pip-audit ({(errors.strip().splitlines() or ['no output'])[-1][:120]})"
    if found := list(_vulnerabilities(dependencies)):
        raise ReleaseError("pip-audit: vulnerable versions. Raise the bounds in pyproject.toml.\n" + "\n".join(found))
    if missed := [one["name"] for one in dependencies if "skip_reason" in one]:
        return f"SKIPPED: pip-audit ({len(missed)} of {len(dependencies)} dependencies are not in its database)"
    return f"pip-audit: no known vulnerability in {len(dependencies)} dependencies"


def _vulnerabilities(dependencies: list[dict[str, Any]]) -> Iterator[str]:
    for one in dependencies:
        yield from (f"{one['name']} {one['version']}: {entry['id']}" for entry in one.get("vulns", ()))
