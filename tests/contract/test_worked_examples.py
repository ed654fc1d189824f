"""
docs/worked-examples.md, followed to the letter on a copy of the checkout: each block is added, each command is run.

By default both examples are followed on the same copy, before each of their commands is run once; the corpus and the
type check of the tests are omitted, and the contract suite runs two layers. `make worked-examples` runs everything, for
each example by itself.
"""

import os
import re
import shlex
import subprocess
from itertools import chain
from pathlib import Path

import pytest

from tests.contract.checkout_copy import copy_checkout, run_python
from tests.project.reading import ROOT

PAGE = (ROOT / "docs" / "worked-examples.md").read_text(encoding="utf-8")
STEP = re.compile(r"In `([^`]+)`, above the line `([^`]+)`, add[^\n]*:\n\n```\w+\n(.*?)```", flags=re.DOTALL)
COMMANDS = re.compile(r"^```\n((?:make [^\n]+\n)+)```$", flags=re.MULTILINE)
EVERYTHING = os.environ.get("WORKED_EXAMPLES") == "all"
CORPUS = "gemini_clearing_contract.corpus"
FIELD, ENDPOINT = "Add a field", "Add an endpoint"
# The number of steps, and what the generated client has afterwards.
EXAMPLES = {FIELD: (3, "expiration: datetime | None"), ENDPOINT: (6, "def list_balances(")}
QUICK = {"--profile": ("--layers", "examples,client_decoding"), "diff": ("--no-tests",)}


def section(heading: str) -> str:
    """Return the text below a heading of the page."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def insert(path: Path, line: str, block: str) -> None:
    """Insert a block above the only line with this text, without its indentation."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    [place] = [number for number, one in enumerate(lines) if one.strip() == line]
    path.write_text("".join([*lines[:place], block, *lines[place:]]), encoding="utf-8")


def recipe(target: str) -> list[list[str]]:
    """Return the Python commands of a target of the Makefile, without its optional arguments."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    body = re.split(rf"^{target}:.*\n", makefile, flags=re.MULTILINE)[1].split("\n\n")[0].replace("$(BUILD)", ".build")
    lines = [line.strip().removeprefix("@$(BIN)/python ") for line in body.splitlines()]
    return [shlex.split(re.sub(r"\$\(if .*", "", line)) for line in lines]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the checkout, as a repository with one commit."""
    copy_checkout(tmp_path)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "Start")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def commands_of(headings: tuple[str, ...]) -> list[list[str]]:
    """Return the Python commands of the examples in their order; by default each of them once."""
    commands = [
        command
        for heading in headings
        for block in COMMANDS.findall(section(heading))
        for target in re.findall(r"make (\S+)", block)
        for command in recipe(target)
        if EVERYTHING or CORPUS not in command
    ]
    return commands if EVERYTHING else [one for place, one in enumerate(commands) if one not in commands[:place]]


@pytest.mark.parametrize(
    "headings",
    [(FIELD,), (ENDPOINT,)] if EVERYTHING else [(FIELD, ENDPOINT)],
    ids=lambda headings: " and ".join(headings),
)
def test_worked_examples_end_green(headings: tuple[str, ...], copy: Path) -> None:
    """After the steps of the page, every command succeeds, and the client has the new name."""
    steps = {heading: STEP.findall(section(heading)) for heading in headings}
    for file, line, block in chain.from_iterable(steps.values()):
        insert(copy / file, line, block)
    printed = ""

    for command in commands_of(headings):
        quick = [] if EVERYTHING else [word for part in command for word in QUICK.get(part, ())]
        done = run_python(copy, *command, *quick)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        printed += done.stdout

    generated = (copy / "generated_client" / "gemini_clearing").glob("*.py")
    client = "".join(path.read_text(encoding="utf-8") for path in generated)
    for heading in headings:
        count, name = EXAMPLES[heading]
        assert (count, True) == (len(steps[heading]), name in client)
    assert FIELD not in headings or "minor" in printed
