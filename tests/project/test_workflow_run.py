"""The commands of a job run in order, with the job's variables, until one fails."""

from pathlib import Path

import pytest

from tests.project.workflow_run import run_job

WORKFLOW = """
on: workflow_dispatch
env: {OUTER: outer, STRICT: "1"}
jobs:
  build:
    steps:
      - uses: actions/checkout@0000000000000000000000000000000000000000
      - run: echo "$OUTER $TAG" > first.txt
        env: {TAG: "${{ github.ref_name }}"}
      - run: |
          false
          echo unreached > second.txt
      - run: echo unreached > third.txt
"""


def test_commands_run_in_order_until_one_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A block ends at its first failing line, as on GitHub, and the blocks after it do not run."""
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/release.yml").write_text(WORKFLOW, "utf-8")

    status = run_job(tmp_path, "release.yml", "build", {"github.ref_name": "v1.2.3; exit"})

    assert status == 1
    assert (tmp_path / "first.txt").read_text("utf-8") == "outer v1.2.3; exit\n"
    assert [path.name for path in tmp_path.glob("*.txt")] == ["first.txt"]
    assert capsys.readouterr().out.startswith("not run: actions/checkout\n$ echo")
