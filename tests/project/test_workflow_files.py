"""Rules for the workflows: commands exist, texts from outside are not executed, nothing is published by accident."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.project.reading import ROOT
from tests.project.workflows import ACTION, WORKFLOWS, commands, jobs, load, steps

FILES = [*WORKFLOWS, ACTION]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):(?!=)", MAKEFILE, flags=re.MULTILINE))
VARIABLES = {name for names in re.findall(r"\$\(([A-Z_]+)\)|\$\$([A-Z]+)", MAKEFILE) for name in names if name}
RELEASE = ROOT / ".github" / "workflows" / "release.yml"
# A number that GitHub counts, and the texts of this repository's matrices, which users cannot choose.
TRUSTED = re.compile(r"matrix\.[\w-]+|github\.run_number")
CHECKOUT = "actions/checkout@"


def _name(path: Path) -> str:
    return path.name


def _in_shell(text: str) -> str:
    """Return a command as the shell gets it: GitHub has replaced the expressions."""
    return re.sub(r"\$\{\{.*?\}\}", "1", text)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_commands_are_valid_for_the_shell(path: Path) -> None:
    """`bash -n`, and shellcheck where it is installed, accept every `run:` block."""
    checks = [["bash", "-n"], *([["shellcheck", "--shell=bash", "-"]] if shutil.which("shellcheck") else [])]
    found = []
    for command in commands(path):
        for check in checks:
            done = subprocess.run(check, input=_in_shell(command.text), capture_output=True, text=True, check=False)
            found += [f"{command.place}: {done.stdout}{done.stderr}"] if done.returncode else []

    assert found == []


def _missing(text: str) -> list[str]:
    """Return the targets, variables, scripts and modules in a command that this repository does not have."""
    found = []
    for words in re.findall(r"(?:^|&& |; )make ([^\n;&|]*)", text, flags=re.MULTILINE):
        for word in words.split():
            name, is_variable, _ = word.partition("=")
            if is_variable:
                found += [] if name in VARIABLES else [f"make variable {name}"]
            elif word not in TARGETS:
                found.append(f"make {word}")
    found += [name for name in re.findall(r"(?:^|\s)(\.?[\w-]+(?:/[\w.-]+)+)", text) if not (ROOT / name).exists()]
    found += [name for name in re.findall(r"python\S* -m ([\w.]+)", text) if name != "pip" and not find_spec(name)]
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_commands_name_what_exists(path: Path) -> None:
    """Each line of a `run:` block starts an existing target of the Makefile, or the CI script."""
    known = re.compile(r"\.ci/run|make [a-z0-9-]+( [A-Z_]+=\S+)*")
    found = [f"{one.place}: {name}" for one in commands(path) for name in _missing(_in_shell(one.text))]
    lines = [(one.place, line) for one in commands(path) for line in _in_shell(one.text).splitlines()]
    found += [f"{place}: {line}" for place, line in lines if not known.fullmatch(line)]

    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("make no-such-target", ["make no-such-target"]),
        ("make check\nmake NO_SUCH=1 all", ["make variable NO_SUCH"]),
        ("tests/no_such.sh --all", ["tests/no_such.sh"]),
        ("python -m no_such_module", ["no_such_module"]),
        ("make contract PROFILE=deep SEED=1 && .ci/run", []),
    ],
)
def test_missing_names_are_found(text: str, expected: list[str]) -> None:
    """The search for names is not blind: each kind of a wrong name is found."""
    assert _missing(text) == expected


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_texts_from_outside_are_not_executed(path: Path) -> None:
    """An input, a variable or a name of a branch reaches the shell through `env:` only."""
    found = [
        f"{command.place}: {expression}"
        for command in commands(path)
        for expression in re.findall(r"\$\{\{ *(.*?) *\}\}", f"{command.source} {command.text}")
        if not TRUSTED.fullmatch(expression)
    ]

    assert found == []


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """Each foreign action is pinned by a commit, with its version in a comment."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines() if re.match(r"\s*(- )?uses:", line)]
    pinned = re.compile(r"(- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")

    assert [line for line in lines if not pinned.fullmatch(line)] == []


def test_an_action_has_one_version() -> None:
    """All workflows use the same commit of an action."""
    uses = {step["uses"] for path in FILES for _, step in steps(path) if "uses" in step}

    assert len(uses) == len({use.partition("@")[0] for use in uses})


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_permissions_are_minimal(path: Path) -> None:
    """A workflow may read the repository; only the job that publishes may have an identity, and no other right."""
    granted = {name: job["permissions"] for name, job in jobs(path).items() if "permissions" in job}
    expected = {"publish": {"id-token": "write"}} if path == RELEASE else {}

    assert load(path)["permissions"] == {"contents": "read"}
    assert granted == expected


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_jobs_keep_no_credentials_and_have_an_end(path: Path) -> None:
    """The token of a checkout does not stay on the disk, each job has a limit of time, and no secret is used."""
    kept = [
        place
        for place, step in steps(path)
        if step.get("uses", "").startswith(CHECKOUT) and step.get("with", {}).get("persist-credentials") is not False
    ]

    assert kept == []
    assert [name for name, job in jobs(path).items() if "timeout-minutes" not in job] == []
    assert re.findall(r"secrets\.|password", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_foreign_code_gets_no_rights(path: Path) -> None:
    """No workflow runs the code of a pull request with the rights of this repository."""
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(load(path)["on"])


def test_release_starts_by_hand_on_the_tag_of_the_version() -> None:
    """Neither a push, a schedule nor another workflow can start it; a run on a branch does nothing."""
    content = load(RELEASE)

    assert list(content["on"]) == ["workflow_dispatch"]
    assert content["on"]["workflow_dispatch"]["inputs"]["version"]["required"] is True
    assert content["jobs"]["build"]["if"] == (
        "github.ref_type == 'tag' && github.ref_name == format('v{0}', inputs.version)"
    )


def test_release_publishes_only_what_was_built_and_approved() -> None:
    """The job with the identity runs no command and no checkout, needs the build, and waits for a second person."""
    publish = jobs(RELEASE)["publish"]
    uses = [step["uses"].partition("@")[0] for step in publish["steps"]]

    assert (publish["needs"], publish["environment"]) == ("build", "pypi")
    assert "if" not in publish
    assert uses == ["actions/download-artifact", "pypa/gh-action-pypi-publish"]


def test_only_the_release_publishes() -> None:
    """No other workflow has an action or a command that uploads to an index."""
    others = [path.read_text("utf-8") for path in FILES if path != RELEASE]

    assert [text for text in others if re.search(r"pypi-publish|twine upload|uv publish|id-token", text)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_artifacts_in_hidden_folders_are_uploaded(path: Path) -> None:
    """upload-artifact omits each path with a part that begins with a dot, unless `include-hidden-files` is set."""
    uploads = [step["with"] for _, step in steps(path) if "upload-artifact@" in step.get("uses", "")]
    hidden = [one for one in uploads if re.search(r"(^|/)\.\w", one["path"], flags=re.MULTILINE)]

    assert [one["name"] for one in hidden if one.get("include-hidden-files") is not True] == []


def test_ci_workflow_runs_the_ci_script() -> None:
    """The CI workflow calls `.ci/run`."""
    assert ".ci/run" in [one.text for one in commands(ROOT / ".github" / "workflows" / "ci.yml")]
