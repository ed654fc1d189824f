"""The files for contributors are valid: pre-commit, the issue forms, the pull-request form, and the reading time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.project.reading import ROOT

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
CONFIG = ROOT / ".pre-commit-config.yaml"


def test_pre_commit_configuration_is_valid_and_fetches_nothing() -> None:
    """pre-commit accepts the file; every hook is local, and uses the environment of `make setup`."""
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", str(CONFIG)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    repositories = YAML(typ="safe", pure=True).load(CONFIG)["repos"]

    assert (done.returncode, done.stdout) == (0, "")
    assert {one["repo"] for one in repositories} == {"local"}
    assert {hook["language"] for one in repositories for hook in one["hooks"]} == {"system"}
    assert all(re.match(r"make |\.venv/bin/", hook["entry"]) for one in repositories for hook in one["hooks"])


@pytest.mark.parametrize("form", [path for path in FORMS if path.name != "config.yml"], ids=lambda path: path.name)
def test_issue_form_has_required_fields(form: Path) -> None:
    """A form has a name, a description, and at least one required field; each field has its own id."""
    content = YAML(typ="safe", pure=True).load(form)
    fields = [field for field in content["body"] if field["type"] != "markdown"]

    assert content["name"]
    assert content["description"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_first_reading_takes_less_than_15_minutes() -> None:
    """CONTRIBUTING.md, changing-the-spec.md and worked-examples.md have at most 200 words per minute without code."""
    pages = ("CONTRIBUTING.md", "docs/changing-the-spec.md", "docs/worked-examples.md")
    texts = [re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL) for page in pages]

    assert len(" ".join(texts).split()) < 15 * 200
