"""The wheel without the checkout, installed and used on each Python version of the classifiers."""

import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from ._commands import TOOLS, run, succeed

__all__ = ["install_wheel", "interpreters", "try_wheel"]

_QUICK_START = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", flags=re.DOTALL)


def interpreters(root: Path) -> Iterator[tuple[str, str | None]]:
    """Yield each version of the project's classifiers with its command; None if the version is missing."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for version in re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"])):
        if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
            yield version, sys.executable
            continue
        candidates = (path for path in (shutil.which(f"python{version}"), _of_pyenv(version)) if path)
        # pyenv has a command on the path for each version, active or not.
        works = (path for path in candidates if run(path, "-c", "import ensurepip").returncode == 0)
        yield version, next(works, None)


def _of_pyenv(version: str) -> str | None:
    """Return the interpreter that pyenv has installed for a version."""
    if not shutil.which("pyenv"):
        return None
    names = [name for name in run("pyenv", "versions", "--bare").stdout.split() if name.startswith(f"{version}.")]
    root = run("pyenv", "root").stdout.strip()
    return f"{root}/versions/{names[-1]}/bin/python" if names else None


def install_wheel(root: Path, wheel: Path, folder: Path, interpreter: str) -> Path:
    """Create an environment with the wheel, its extra `mock` and the locked dependencies; return its interpreter."""
    lock = (root / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pins = folder.with_suffix(".txt")
    pins.write_text("\n".join(re.findall(r"^[a-z0-9][^\\\s]*==[^\\\n]*", lock, flags=re.MULTILINE)), encoding="utf-8")
    succeed(TOOLS / "uv", "venv", "--quiet", "--python", interpreter, folder)
    python = folder / "bin" / "python"
    arguments = ("--constraint", pins, f"{wheel}[mock]", "pytest")
    if run(TOOLS / "uv", "pip", "install", "--quiet", "--python", python, *arguments).returncode:
        # As in the Makefile: pip may be configured for a package index that uv does not use.
        succeed(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *arguments)
    return python


def try_wheel(root: Path, python: Path, folder: Path) -> str:
    """Verify the installed wheel, and run the quick start of README.md; return an empty text, or what is wrong."""
    verified = run(python.parent / "gemini-clearing", "verify", cwd=folder)
    if verified.returncode:
        return f"{verified.stdout}{verified.stderr}".strip()
    found = _QUICK_START.search((root / "README.md").read_text(encoding="utf-8"))
    code, expected = found.groups() if found else ("", "")
    done = run(python, "-I", "-W", "error", "-c", code, cwd=folder)
    return "" if found and done.stdout == expected else f"quick start of README.md: {done.stdout}{done.stderr}".strip()
