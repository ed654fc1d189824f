"""JUnit XML: one suite for each layer, one test for each operation in it; findings are failures."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from contract._report.summary import Summary

__all__ = ["write_junit"]

# What XML 1.0 cannot hold.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(summary: Summary) -> str:
    """The summary as CI systems read it."""
    root = ElementTree.Element("testsuites", name="contract", time=str(summary.seconds))
    for layer in summary.layers:
        suite = ElementTree.SubElement(root, "testsuite", name=layer["name"], time=str(layer["seconds"]))
        operations = [name for name, counts in summary.requests.items() if layer["name"] in counts]
        for name in operations or ["(layer)"]:
            case = ElementTree.SubElement(suite, "testcase", classname=f"contract.{layer['name']}", name=name, time="0")
            for finding in summary.findings:
                if finding.layer == layer["name"] and (
                    finding.operation == name or (finding.operation not in operations and name == operations[-1])
                ):
                    failure = ElementTree.SubElement(
                        case, "failure", message=_clean(finding.title), type=_clean(finding.check)
                    )
                    failure.text = _clean(
                        f"expected {finding.expected}\ngot {finding.got}\n\n"
                        + "\n".join(finding.case)
                        + f"\n\n{finding.replay}"
                    )
        if layer["stopped"]:
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"contract.{layer['name']}", name="(target)", time="0"
            )
            ElementTree.SubElement(case, "error", message=_clean(layer["stopped"]), type="target")
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _clean(text: str) -> str:
    return FORBIDDEN.sub("�", text)
