"""The commands of the Makefile: `make help`, the CI script and the documents name existing targets."""

import os
import re
import subprocess

from tests.project.reading import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
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
