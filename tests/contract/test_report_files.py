"""The reports for programs have the documented format; the HTML page is one accessible file."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from attrs import evolve

from gemini_clearing_contract.findings.finding import Finding
from gemini_clearing_contract.findings.root_causes import find_root_causes
from gemini_clearing_contract.report.html import STYLE, write_html
from gemini_clearing_contract.report.junit import write_junit
from gemini_clearing_contract.report.summary import Summary, write_json
from tests.contract.reporting import HOSTILE


def test_junit_has_the_common_shape(summary: Summary, stopped: Summary, green: Summary) -> None:
    """Elements, attributes and counts follow the schema that CI systems share."""
    for run in (summary, stopped, green):
        root = ElementTree.fromstring(write_junit(run).encode())  # noqa: S314  (written just now)

        assert "testsuites" == root.tag
        assert {"name", "tests", "failures", "errors", "time"} == set(root.attrib)
        assert {"testsuite"} == {suite.tag for suite in root}
        for suite in root:
            assert {"name", "tests", "failures", "errors", "skipped", "time"} == set(suite.attrib)
            assert {"testcase"} == {case.tag for case in suite}
            assert all({"classname", "name", "time"} == set(case.attrib) for case in suite)
            assert all(len(case) <= 1 for case in suite)
            assert {result.tag for case in suite for result in case} <= {"failure", "error", "skipped"}
            for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                assert len(suite.findall(f"testcase/{tag}")) == int(suite.attrib[name])
            assert len(suite) == int(suite.attrib["tests"])
        assert sum(len(suite) for suite in root) == int(root.attrib["tests"])


def test_junit_contains_every_finding(summary: Summary) -> None:
    """The failure of an operation in a layer contains all its findings."""
    root = ElementTree.fromstring(write_junit(summary).encode())  # noqa: S314  (written just now)
    text = "".join(failure.text or "" for failure in root.iter("failure"))

    assert {"examples", "bad_signatures"} == {suite.get("name") for suite in root}
    assert len(summary.findings) == text.count("-m gemini_clearing_contract --layers")


def test_junit_marks_skipped_layers(green: Summary) -> None:
    """A skipped layer is a skipped test."""
    root = ElementTree.fromstring(write_junit(green).encode())  # noqa: S314  (written just now)

    assert ["skipped: the profile quick does not include it"] == [skip.get("message") for skip in root.iter("skipped")]


def test_json_has_the_documented_shape(summary: Summary) -> None:
    """The names are those of docs/contract.md."""
    report = json.loads(write_json(summary))

    assert {
        "result", "scope", "exit_status", "target", "profile", "seed", "seconds", "layers", "requests", "keywords",
        "findings", "root_causes", "stopped", "suite_error", "notes", "recall",
    } == set(report)  # fmt: skip
    assert {
        "layer", "operation", "check", "place", "expected", "actual", "steps", "replay", "root_cause", "follows_from",
    } == set(report["findings"][0])  # fmt: skip


def test_json_relates_findings_and_root_causes(summary: Summary) -> None:
    """Each finding refers to its root cause, and consequences are marked."""
    report = json.loads(write_json(summary))

    for cause in report["root_causes"]:
        of_it = [finding for finding in report["findings"] if finding["root_cause"] == cause["number"]]

        assert cause["occurrences"] + cause["consequences"] == len(of_it)
        assert cause["consequences"] == sum(finding["follows_from"] == cause["number"] for finding in of_it)


class Page(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add one element."""
        self.elements.append((tag, dict(attrs)))


RECALL = {
    "layers": ["corpus", "sequences"],
    "detected": 1,
    "faults": [
        {
            "name": "one <b>fault</b>",
            "side": "mock",
            "expected_layer": "corpus",
            "layers": ["corpus"],
            "detected_by": ["corpus"],
        },
        {
            "name": "another",
            "side": "client",
            "expected_layer": "sequences",
            "layers": ["sequences", "corpus"],
            "detected_by": [],
        },
    ],
}


def test_html_report_is_one_file(summary: Summary) -> None:
    """The page loads no other file and runs no script, also if a response contains one."""
    page = Page(write_html(evolve(summary, recall=RECALL)))

    assert not {"script", "link", "img", "iframe", "b"} & {tag for tag, _ in page.elements}
    assert not {"src", "onerror", "onclick"} & {name for _, attributes in page.elements for name in attributes}
    assert HOSTILE.split(">")[1] not in write_html(summary)


def test_html_has_headings_in_order_and_tables_with_scopes(summary: Summary) -> None:
    """No heading level is omitted, each header cell has a scope, and each id is unique."""
    page = Page(write_html(evolve(summary, recall=RECALL)))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]

    assert 1 == levels[0]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in page.elements if tag == "th")
    assert len(set(ids)) == len(ids)


def test_html_links_have_targets(summary: Summary) -> None:
    """Each link of the index has a target."""
    page = Page(write_html(summary))
    ids = {attributes.get("id") for _, attributes in page.elements}
    targets = [str(attributes.get("href")) for tag, attributes in page.elements if tag == "a"]

    assert targets
    assert {target.removeprefix("#") for target in targets} <= ids


def test_html_groups_many_root_causes_of_one_check(summary: Summary) -> None:
    """Three root causes of a check are shown, and the others are in a closed element."""
    findings = [Finding("corpus", "get_order", "echo", f"field {n}", "1", "2", (), "again") for n in range(30)]
    page = write_html(evolve(summary, findings=findings, root_causes=find_root_causes(findings, {})))

    assert "27 more places with the check echo" in page
    assert 30 == page.count("<article")


def test_html_shows_missed_faults_first(summary: Summary) -> None:
    """A fault that was not detected is shown first."""
    page = write_html(evolve(summary, recall=RECALL))

    assert "<details open><summary>Missed by the expected layer" in page
    assert "one &lt;b&gt;fault&lt;/b&gt;" in page


def luminance(color: str) -> float:
    """Return the relative luminance by WCAG 2."""
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", [0, 1])
def test_html_colors_have_enough_contrast(mode: int) -> None:
    """Each text color has the contrast AA (4.5 to 1) on each background, in light and dark mode."""
    block = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[mode]
    colors = dict(re.findall(r"--([\w-]+): (#\w{6})", block))

    for ink in ("ink", "soft", "good", "warn", "bad", "link"):
        for ground in ("page", "card", "bad-card"):
            light, dark = sorted((luminance(colors[ink]), luminance(colors[ground])), reverse=True)

            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)
