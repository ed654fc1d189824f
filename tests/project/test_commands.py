"""The commands of the Makefile: `make help`, the CI script, the workflows and the documents name existing targets."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.project.reading import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PHONY = set(re.findall(r"^\.PHONY: ([a-z0-9-]+)$", MAKEFILE, flags=re.MULTILINE))


def test_help_lists_every_command_with_its_text() -> None:
    """`make help` prints every phony target with its description."""
    printed = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert dict(re.findall(r"^  make ([a-z0-9-]+) +(\S.*)$", printed.stdout, flags=re.MULTILINE)).keys() == PHONY


def test_phony_line_is_above_its_target() -> None:
    """Each `.PHONY` line is followed by the target that it names."""
    pairs = re.findall(r"^\.PHONY: ([a-z0-9-]+)\n([a-z0-9-]+):", MAKEFILE, flags=re.MULTILINE)

    assert {name for name, target in pairs if name == target} == PHONY


def test_documents_name_only_commands_that_exist() -> None:
    """Every `make …` in a document is an existing target."""
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")]
    named = {
        (path.name, command)
        for path in documents
        for command in re.findall(
            r"`make ([a-z0-9-]+)|^make ([a-z0-9-]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
    }

    assert {(name, "".join(command)) for name, command in named if "".join(command) not in PHONY} == set()


def test_ci_script_runs_test_then_check() -> None:
    """CI runs `make test` and then `make check`."""
    script = ROOT / ".ci" / "run"
    commands = re.findall(r"^make .*$", script.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert commands == ["make test", "make check"]
    assert os.access(script, os.X_OK)


def _commands(workflow: Path) -> list[str]:
    """Return every command line of a workflow; a matrix of commands is expanded."""
    lines = []
    for job in YAML(typ="safe", pure=True).load(workflow)["jobs"].values():
        matrix = "\n".join(job.get("strategy", {}).get("matrix", {}).get("command", []))
        for step in job["steps"]:
            lines += step.get("run", "").replace("${{ matrix.command }}", matrix).splitlines()
    return lines


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_calls_targets_that_exist(workflow: Path) -> None:
    """The steps of a workflow only call existing targets, or the CI script."""
    called = [
        re.fullmatch(r"make ([a-z0-9-]+)( [A-Z_]+=(\S+|\$\{\{.*\}\}))*", line)
        for line in _commands(workflow)
        if line != ".ci/run"
    ]

    assert {match and match[1] for match in called} <= PHONY


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_has_read_permission_only(workflow: Path) -> None:
    """A workflow cannot write to the repository, and checkouts do not keep credentials."""
    text = workflow.read_text(encoding="utf-8")

    assert YAML(typ="safe", pure=True).load(text)["permissions"] in ({}, {"contents": "read"})
    assert text.count("persist-credentials: false") == text.count("uses: actions/checkout")


@pytest.mark.parametrize("file", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(file: Path) -> None:
    """An action is named by the hash of a commit, because a tag can be moved; a comment has its version."""
    used = re.findall(r"uses: (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert [name for name in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", name)] == []


def _steps(file: Path) -> list[dict[str, Any]]:
    """Return the steps of a workflow or of an action."""
    document = YAML(typ="safe", pure=True).load(file)
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_artifacts_in_hidden_folders_are_uploaded(workflow: Path) -> None:
    """upload-artifact omits each path with a part that begins with a dot, unless it is asked to include it."""
    uploads = [step["with"] for step in _steps(workflow) if "upload-artifact@" in step.get("uses", "")]
    hidden = [one for one in uploads if re.search(r"(^|/)\.\w", one["path"], flags=re.MULTILINE)]

    assert [one["name"] for one in hidden if one.get("include-hidden-files") is not True] == []


@pytest.mark.parametrize("file", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_values_from_outside_reach_the_shell_as_variables(file: Path) -> None:
    """GitHub pastes an expression into the script: `&` in an address, or `$(…)` in a tag, would be run."""
    scripts = [step["run"].replace("${{ matrix.command }}", "") for step in _steps(file) if "run" in step]

    assert [script for script in scripts if "${{" in script] == []


def test_release_never_runs_by_accident() -> None:
    """Only a person starts the release, on a tag that is the given version; the environment needs an approval."""
    release = YAML(typ="safe", pure=True).load(ROOT / ".github" / "workflows" / "release.yml")
    condition = "github.ref_type == 'tag' && github.ref_name == format('v{0}', inputs.version)"

    assert list(release["on"]) == ["workflow_dispatch"]
    assert release["jobs"]["build"]["if"] == condition
    assert (release["jobs"]["publish"]["needs"], release["jobs"]["publish"]["environment"]) == ("build", "pypi")
    assert "password" not in str(release)


def test_ci_workflow_runs_the_ci_script() -> None:
    """The CI workflow calls `.ci/run`."""
    assert ".ci/run" in _commands(ROOT / ".github" / "workflows" / "ci.yml")
