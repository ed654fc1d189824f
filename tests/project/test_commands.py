"""`make help`, the CI script and the workflow name the same commands as the Makefile."""

import os
import re
import subprocess

from ruamel.yaml import YAML

from project.reading import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PHONY = set(re.findall(r"^\.PHONY: ([a-z-]+)$", MAKEFILE, flags=re.MULTILINE))


def test_help_lists_every_command_with_its_text() -> None:
    """A target that people may call is phony and has a text; `make help` prints all of them."""
    printed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", printed.stdout, flags=re.MULTILINE)).keys() == PHONY


def test_every_phony_line_stands_above_its_target() -> None:
    """So that a target cannot be renamed without it."""
    pairs = re.findall(r"^\.PHONY: ([a-z-]+)\n([a-z-]+):", MAKEFILE, flags=re.MULTILINE)

    assert {name for name, target in pairs if name == target} == PHONY


def test_documents_name_only_commands_that_exist() -> None:
    """Every `make …` in a document is a target."""
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")]
    named = {
        (path.name, command)
        for path in documents
        for command in re.findall(
            r"`make ([a-z-]+)|^make ([a-z-]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
    }

    assert {(name, "".join(command)) for name, command in named if "".join(command) not in PHONY} == set()


def test_ci_script_runs_test_then_check() -> None:
    """What CI runs is what people run, and nothing else."""
    script = ROOT / ".ci" / "run"
    commands = re.findall(r"^make .*$", script.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert commands == ["make test", "make check"]
    assert os.access(script, os.X_OK)


def test_workflow_calls_targets_and_may_only_read() -> None:
    """The workflow adds machines and Python versions, no logic of its own."""
    workflow = YAML(typ="safe", pure=True).load(ROOT / ".github" / "workflows" / "ci.yml")
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]

    assert workflow["permissions"] == {"contents": "read"}
    assert {command.split()[1] for command in commands if command.startswith("make")} <= PHONY | {"--version"}
    assert ".ci/run" in commands
