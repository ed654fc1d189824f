"""Helpers: the workflows of this repository, their jobs, and the commands that these run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from tests.project.reading import ROOT

__all__ = ["ACTION", "WORKFLOWS", "Command", "commands", "jobs", "load", "steps"]

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
ACTION = ROOT / "action.yml"


class Command(NamedTuple):
    """A `run:` block, with the values of its matrix in place."""

    place: str
    """File, job and number of the step."""
    text: str
    """The text, in which an expression of the matrix is replaced by its value."""
    source: str
    """The text in the file."""
    env: dict[str, str]


def load(path: Path) -> dict[str, Any]:
    """Return the content of a workflow. YAML 1.2 reads the key `on` as text."""
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(path)
    return content


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow; those of an action are its steps."""
    content = load(path)
    return content.get("jobs") or {"action": content["runs"]}


def steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the content of each step."""
    for name, job in jobs(path).items():
        for number, step in enumerate(job["steps"], 1):
            yield f"{path.name}, {name}, step {number}", step


def commands(path: Path) -> Iterator[Command]:
    """Yield each `run:` block; one of a matrix is repeated for each value."""
    for name, job in jobs(path).items():
        matrix = job.get("strategy", {}).get("matrix", {})
        for number, step in enumerate(job["steps"], 1):
            if "run" in step:
                place = f"{path.name}, {name}, step {number}"
                env = {**load(path).get("env", {}), **job.get("env", {}), **step.get("env", {})}
                yield from (Command(place, text, step["run"], env) for text in _expanded(step["run"], matrix))


def _expanded(text: str, matrix: dict[str, list[str]]) -> list[str]:
    """Return the text once for each value of the matrix that it names."""
    found = re.search(r"\$\{\{ matrix\.([\w-]+) \}\}", text)
    if not found:
        return [text]
    return [one for value in matrix[found[1]] for one in _expanded(text.replace(found[0], str(value)), matrix)]
