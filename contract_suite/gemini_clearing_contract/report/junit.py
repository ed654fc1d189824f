"""
JUnit XML: one suite for each layer, one test for each operation in it, as CI systems read it.

A test holds at most one `failure`, because most readers take no more: it tells of every finding of the operation.
A layer that was not run is a skipped test, one that broke off a test with an error.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from ..findings.finding import Finding, Key
from .summary import Summary, count

__all__ = ["write_junit"]

# What XML 1.0 cannot hold.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
COUNTED = {
    "tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error", "skipped": "testcase/skipped",
}  # fmt: skip


def write_junit(summary: Summary) -> str:
    """The summary as JUnit XML."""
    root = ElementTree.Element("testsuites", name="contract")
    causes = {one.key: cause.title for cause in summary.causes for one in cause.following}
    for layer in summary.layers:
        root.append(_suite(summary, layer, causes))
    # The common schema knows no `skipped` here.
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    root.set("time", f"{summary.seconds:.2f}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(summary: Summary, layer: dict[str, Any], causes: dict[Key, str]) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=layer["name"])
    findings = [finding for finding in summary.findings if finding.layer == layer["name"]]
    judged = {name: counts[layer["name"]] for name, counts in summary.requests.items() if layer["name"] in counts}
    names = list(dict.fromkeys([*judged, *(finding.operation for finding in findings)]))
    # The time of a test is its share of the layer's: what takes long is the number of its requests.
    share = layer["seconds"] / max(1, sum(judged.values()))
    for name in names:
        case = _case(suite, layer, name, share * judged.get(name, 0))
        own = [finding for finding in findings if finding.operation == name]
        if own:
            title = own[0].title if len(own) == 1 else f"{count(len(own), 'finding')}: {own[0].title}, …"
            failure = ElementTree.SubElement(case, "failure", message=_clean(title), type=_clean(own[0].check))
            failure.text = _clean("\n\n".join(_text(one, causes.get(one.key)) for one in own))
    if layer["stopped"]:
        case = _case(suite, layer, "(to the end)", 0)
        ElementTree.SubElement(case, "error", message=_clean(layer["stopped"]), type="not judged to the end")
    if layer["left_out"]:
        case = _case(suite, layer, "(layer)", 0)
        ElementTree.SubElement(case, "skipped", message=_clean(f"not run: {layer['left_out']}"))
    for name, path in COUNTED.items():
        suite.set(name, str(len(suite.findall(path))))
    suite.set("time", f"{layer['seconds']:.2f}")
    return suite


def _case(suite: ElementTree.Element, layer: dict[str, Any], name: str, seconds: float) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=f"contract.{layer['name']}", name=_clean(name), time=f"{seconds:.2f}"
    )


def _text(finding: Finding, follows_from: str | None) -> str:
    lines = [finding.title, f"expected {finding.expected}", f"got {finding.got}"]
    lines += [f"follows from {follows_from}"] if follows_from else []
    return "\n".join([*lines, "", *finding.case, "", finding.replay])


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
