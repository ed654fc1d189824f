"""
The command `python -m tests.project.workflow_run WORKFLOW JOB`: run the `run:` blocks of a job on a clone, in order.

The clone has the committed files and the tag of the version. GitHub's actions are not run: their place in the order is
printed. `STRICT` is that of the caller, because a tool may be missing on this machine.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.project.reading import ROOT
from tests.project.workflows import jobs, load

__all__ = ["main", "run_job"]

VERSION = "client_runtime/gemini_clearing_runtime/_version.py"
# https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#defaultsrunshell
SHELL = ("bash", "-e")


def main() -> int:
    """Run the job of a workflow on a clone. Return the exit status of the first block that fails, or 0."""
    parser = argparse.ArgumentParser(prog="tests.project.workflow_run", description=str(__doc__).splitlines()[1])
    parser.add_argument("workflow", help="the name of the file, such as release.yml")
    parser.add_argument("job")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gemini-clearing-") as folder:
        clone = Path(folder) / "clone"
        tag = _cloned(clone)
        return run_job(clone, options.workflow, options.job, {"github.ref_name": tag})


def _cloned(clone: Path) -> str:
    """Clone this checkout, tag the commit with its version, and return the tag."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    [version] = re.findall(r'^__version__ = "(.+)"$', (clone / VERSION).read_text("utf-8"), flags=re.MULTILINE)
    subprocess.run(["git", "tag", "--force", f"v{version}"], cwd=clone, check=True, capture_output=True)
    return f"v{version}"


def run_job(clone: Path, workflow: str, job: str, context: Mapping[str, str]) -> int:
    """
    Run the commands of a job in a clone, and print each with its time.

    Args:
        clone: the checkout that the commands run in.
        workflow: the name of the file.
        job: the name of the job.
        context: the values of the expressions in `env:`.
    """
    path = clone / ".github" / "workflows" / workflow
    content = jobs(path)[job]
    outer = {**load(path).get("env", {}), **content.get("env", {}), "STRICT": os.environ.get("STRICT", "")}
    for step in content["steps"]:
        if "run" not in step:
            _report(f"not run: {step['uses'].partition('@')[0]}")
            continue
        env = {name: _value(str(text), context) for name, text in {**outer, **step.get("env", {})}.items()}
        _report(f"$ {step['run'].strip()}")
        start_s = time.monotonic()
        done = subprocess.run([*SHELL, "-c", step["run"]], cwd=clone, env={**os.environ, **env}, check=False)
        _report(f"exit status {done.returncode} after {time.monotonic() - start_s:.0f} s")
        if done.returncode:
            return done.returncode
    return 0


def _report(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _value(text: str, context: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda found: context[found[1]], text)


if __name__ == "__main__":
    sys.exit(main())
