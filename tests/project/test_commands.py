"""`make help`, the CI script and the workflow name the same commands as the Makefile."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.project.reading import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
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


def _commands(workflow: Path) -> list[str]:
    """Every line that a workflow runs; a matrix of commands counts as its commands."""
    lines = []
    for job in YAML(typ="safe", pure=True).load(workflow)["jobs"].values():
        of_matrix = "\n".join(job.get("strategy", {}).get("matrix", {}).get("command", []))
        for step in job["steps"]:
            lines += step.get("run", "").replace("${{ matrix.command }}", of_matrix).splitlines()
    return lines


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_calls_targets_that_exist(workflow: Path) -> None:
    """A workflow adds machines and Python versions, no logic of its own."""
    called = [
        re.fullmatch(r"make ([a-z-]+)( [A-Z_]+=(\S+|\$\{\{.*\}\}))*", line)
        for line in _commands(workflow)
        if line != ".ci/run"
    ]

    assert {match and match[1] for match in called} <= PHONY


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_may_only_read(workflow: Path) -> None:
    """No step can write to the repository, or keep its credentials."""
    text = workflow.read_text(encoding="utf-8")

    assert YAML(typ="safe", pure=True).load(text)["permissions"] in ({}, {"contents": "read"})
    assert text.count("persist-credentials: false") == text.count("uses: actions/checkout")


def test_a_workflow_runs_the_ci_script() -> None:
    """On every push and every pull request."""
    assert ".ci/run" in _commands(ROOT / ".github" / "workflows" / "ci.yml")
