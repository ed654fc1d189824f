"""
schemathesis and Specmatic: how each is run on a server, and which failures it reported.

A failure is a text that is the same in two runs on the same server. Each run is bounded: schemathesis by 5 examples per
operation and phase, and its whole coverage phase; Specmatic, with its generative tests, by one combination of values
per test (`MAX_TEST_REQUEST_COMBINATIONS`).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from gemini_clearing_changes.second_opinion._specmatic import OFFLINE, java_command, readable, specmatic_jar
from gemini_clearing_contract.wire import KEY_HEADER
from tests.faults.defects4rest.peers.logical_view import CALLER, logical_document

__all__ = ["TOOLS", "Tool", "available_tools"]

# The base URL, the folder for files, and the seed; returns the failures.
Tool = Callable[[str, Path, int], frozenset[str]]
TIME_LIMIT_S = 240
TOOLS = ("schemathesis", "specmatic")


def available_tools() -> dict[str, Tool]:
    """Return the tools that are installed."""
    tools: dict[str, Tool] = {"schemathesis": run_schemathesis}
    if shutil.which("java") and specmatic_jar(Path()).exists():
        tools["specmatic"] = run_specmatic
    return tools


def run_schemathesis(url: str, folder: Path, seed: int) -> frozenset[str]:
    """Run the stock command line of schemathesis with every check; a failure is its type and the operation."""
    spec, report = folder / "schemathesis.json", folder / "schemathesis-report.json"
    spec.write_text(json.dumps(logical_document()), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", spec, "--url", url, "-H", f"{KEY_HEADER}: {CALLER}"),
        *("--checks", "all", "--continue-on-failure", "--no-shrink", "--generation-database", "none"),
        *("--max-examples", "5", "--seed", str(seed), "--report", "json", "--report-json-path", report),
    ]
    _run(command, folder, {})
    found = json.loads(report.read_text(encoding="utf-8"))
    failures = [f"{failure['type']} {name}" for failure in found["failures"] for name in failure["operations"]]
    return frozenset([*failures, *(str(error.get("title")) for error in found["errors"])])


def run_specmatic(url: str, folder: Path, _seed: int) -> frozenset[str]:
    """Run Specmatic with its generative tests; a failure is the name of its test and the rules that it broke."""
    spec = folder / "logical-view.json"
    spec.write_text(json.dumps(_document_for_specmatic()), encoding="utf-8")
    settings = {"ApiKey": CALLER, "SPECMATIC_GENERATIVE_TESTS": "true", "MAX_TEST_REQUEST_COMBINATIONS": "1"}
    report_to = f"--junitReportDir={folder / 'junit'}"
    command = java_command(specmatic_jar(Path()), "test", str(spec), f"--testBaseURL={url}", report_to)
    _run(command, folder, {**settings, **OFFLINE})
    report = ET.parse(folder / "junit" / "TEST-junit-jupiter.xml")  # noqa: S314  (a report written just now)
    tests = [(test.get("name", ""), failure) for test in report.iter("testcase") for failure in test.iter("failure")]
    return frozenset(f"{re.sub(r'[0-9]+', '0', name)} {_broken_rules(failure)}" for name, failure in tests)


def _broken_rules(failure: ET.Element) -> str:
    return " ".join(sorted(set(re.findall(r"\bR[0-9]{4}\b", failure.text or ""))))


def _document_for_specmatic() -> dict[str, Any]:
    """Return the spec that Specmatic can read, with response examples by request."""
    document = readable(logical_document())
    for item in document["paths"].values():
        responses = item["post"]["responses"]
        requests = item["post"]["requestBody"]["content"]["application/json"]["examples"]
        response = responses["200"]["content"]["application/json"]
        first = next(iter(response["examples"].values()))
        response["examples"] = dict.fromkeys(requests, first)
    for response in document["components"]["responses"].values():
        for content in response.get("content", {}).values():
            content.pop("examples", None)
    return document


def _run(command: list[Any], folder: Path, settings: dict[str, str]) -> None:
    """Run a tool; its exit status says only that there were failures, which its report lists."""
    with (folder / "output.txt").open("wb") as output:
        subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **settings},
            stdout=output,
            stderr=output,
            timeout=TIME_LIMIT_S,
            check=False,
        )
