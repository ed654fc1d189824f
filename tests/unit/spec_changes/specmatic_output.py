"""Outputs of `specmatic compare` 2.55.3, recorded and shortened."""

__all__ = ["COMPATIBLE", "INCOMPATIBLE", "finding", "printed"]

_HEAD = """Specmatic Version: v2.55.3(05a98c12)

API Specification Summary: old.json
  OpenAPI Version: 3.1.0
  API Paths: 8, API Operations: 8

[Compatibility Check] Executing 8 scenarios for POST /v1/clearing/new against 12 operations
  - POST /v1/clearing/new -> 200 (requestContentType application/json, responseContentType application/json)
[Compatibility Check] Verdict: {result}: {result}
Generating BCC report for 819 checks and 91 operations...
"""
_SCENARIO = """In scenario "Place a clearing order with another desk.. Response: The order was placed, and waits."
API: POST {path} -> {status}
"""
_FINDING = """
  >> {place} (new.json:1:23230)
{sentence}
"""
_RULE = """
      R2001: Missing required property
      Documentation: https://docs.specmatic.io/rules#r2001
      Summary: A required property defined in the specification is missing

      {sentence}
"""


def finding(status: str, place: str, sentence: str, path: str = "/v1/clearing/new") -> str:
    """Return the text of one finding; one without a place has no rule either."""
    scenario = _SCENARIO.format(path=path, status=status)
    if not place:
        return f"{scenario}\n      {sentence} (old.json:1:6277)\n\n"
    return scenario + _FINDING.format(place=place, sentence=_RULE.format(sentence=sentence)) + "\n"


def printed(*findings: str) -> str:
    """Return a whole output with findings, or with the result that there are none."""
    if not findings:
        return f"{_HEAD.format(result='PASS')}The newer contract is backward compatible.\n"
    return f"{_HEAD.format(result='FAIL')}{''.join(findings)}The newer contract is not backward compatible.\n"


COMPATIBLE = printed()
INCOMPATIBLE = printed(
    finding("200", "REQUEST.BODY.note", 'New specification expects property "note" in the request'),
    finding("400", "REQUEST.BODY.note", 'New specification expects property "note" in the request'),
    finding("406", "", "This API exists in the old contract but not in the new contract"),
    finding("200", "RESPONSE.BODY.orders", "Type (ListedOrder) does not exist", "/v1/clearing/list")
    + "  >> RESPONSE.BODY.orders.side (new.json:1:40850)\n\n      Type (Side) does not exist\n\n",
)
