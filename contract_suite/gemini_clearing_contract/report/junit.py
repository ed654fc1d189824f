"""
JUnit XML: one suite for each layer, with one test for each operation.

Most readers accept one `failure` for each test, so it contains every finding of the operation. A skipped layer is a
skipped test, and a layer that stopped early is a test with an error.
"""

import re
from typing import Any
from xml.etree import ElementTree

from ..findings.finding import Finding, Key
from .summary import Summary, count

__all__ = ["write_junit"]

# Characters that XML 1.0 does not allow.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
COUNTED = {
    "tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error", "skipped": "testcase/skipped",
}  # fmt: skip


def write_junit(summary: Summary) -> str:
    """Return the summary as JUnit XML."""
    root = ElementTree.Element("testsuites", name="contract")
    causes = {one.key: cause.title for cause in summary.root_causes for one in cause.consequences}
    for layer in summary.layers:
        root.append(_suite(summary, layer, causes))
    # The common schema has no `skipped` here.
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    root.set("time", f"{summary.seconds:.2f}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(summary: Summary, layer: dict[str, Any], causes: dict[Key, str]) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=layer["name"])
    findings = [finding for finding in summary.findings if finding.layer == layer["name"]]
    checked = {name: counts[layer["name"]] for name, counts in summary.requests.items() if layer["name"] in counts}
    # The layer's time is divided by the number of requests.
    share = layer["seconds"] / max(1, sum(checked.values()))
    for name in dict.fromkeys([*checked, *(finding.operation for finding in findings)]):
        case = _case(suite, layer, name, share * checked.get(name, 0))
        _add_failure(case, [finding for finding in findings if finding.operation == name], causes)
    if layer["stopped"]:
        kind = "suite error" if layer["suite_error"] else "not tested completely"
        case = _case(suite, layer, "(completion)", 0)
        ElementTree.SubElement(case, "error", message=_clean(layer["stopped"]), type=kind)
    if layer["skipped"]:
        case = _case(suite, layer, "(layer)", 0)
        ElementTree.SubElement(case, "skipped", message=_clean(f"skipped: {layer['skipped']}"))
    for name, path in COUNTED.items():
        suite.set(name, str(len(suite.findall(path))))
    suite.set("time", f"{layer['seconds']:.2f}")
    return suite


def _add_failure(case: ElementTree.Element, findings: list[Finding], causes: dict[Key, str]) -> None:
    if findings:
        first = findings[0]
        title = first.title if len(findings) == 1 else f"{count(len(findings), 'finding')}: {first.title}, …"
        failure = ElementTree.SubElement(case, "failure", message=_clean(title), type=_clean(first.check))
        failure.text = _clean("\n\n".join(one.describe(causes.get(one.key)) for one in findings))


def _case(suite: ElementTree.Element, layer: dict[str, Any], name: str, seconds: float) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite, "testcase", classname=f"contract.{layer['name']}", name=_clean(name), time=f"{seconds:.2f}"
    )


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
