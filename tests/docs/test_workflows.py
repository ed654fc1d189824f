"""The workflow that users copy from docs/contract-in-ci.md fits the action of this repository."""

from ruamel.yaml import YAML

from tests.docs.reading import ROOT, blocks


def test_workflow_passes_inputs_that_the_action_has() -> None:
    """Each input in the workflow's step is an input of `action.yml`, and the uploaded folder is its report."""
    yaml = YAML(typ="safe", pure=True)
    [block] = [one for one in blocks(ROOT / "docs" / "contract-in-ci.md") if one.language == "yaml"]
    steps = yaml.load(block.text)["jobs"]["contract"]["steps"]
    inputs = yaml.load(ROOT / "action.yml")["inputs"]
    [own] = [step for step in steps if "gemini-clearing@" in step.get("uses", "")]

    assert own["with"].keys() <= inputs.keys()
    assert steps[-1]["with"]["path"].rstrip("/") == inputs["report-dir"]["default"]
