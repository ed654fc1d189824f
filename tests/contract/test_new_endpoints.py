"""
A new endpoint needs only the spec, `make generate`, and a handler in the mock: docs/changing-the-spec.md.

The test adds two endpoints of Gemini's account API to a copy of the checkout: one returns a list, the other an object.
The first also gets `x-body: repeated`, as if it were one of the handlers that require the fields as the body too.
By default it runs the layers that need a few seconds; `make new-endpoints` runs all of them.
"""

import json
import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

from tests.contract.checkout_copy import copy_checkout, run_python

DATA = Path(__file__).parent / "new_endpoints"
MOCK = Path("mock_exchange/gemini_clearing_mock")
SPEC = Path("openapi/clearing.yaml")
# Without the random layers, and without those for orders, which the new endpoints do not change.
QUICK = "examples,corpus,bad_signatures,error_precedence,rejected_requests,client_bytes,client_decoding"
LAYERS = os.environ.get("NEW_ENDPOINTS_LAYERS", QUICK)
# It differs by the number of random cases.
PROFILE = "recall" if LAYERS == QUICK else "quick"
HANDLER = '''

def list_balances(context: RequestContext) -> Response:
    """Return the balances of the account."""
    amounts = {name: format_decimal(amount) for name, amount in context.account.balances.items()}
    rows = [{"currency": name, "amount": amount, "available": amount} for name, amount in amounts.items()]
    return json_response(200, rows)
'''


def insert(path: Path, before: str, text: str) -> None:
    """Insert text before the only occurrence of a line."""
    content = path.read_text(encoding="utf-8")
    assert content.count(before) == 1, f"{path}: {before!r}"
    path.write_text(content.replace(before, text + before), encoding="utf-8")


def add_to_spec(copy: Path) -> None:
    """Add paths and schemas."""
    insert(copy / SPEC, "components:\n", (DATA / "paths.yaml").read_text(encoding="utf-8"))
    insert(copy / SPEC, "    PlacedOrder:\n", (DATA / "schemas.yaml").read_text(encoding="utf-8"))


def add_to_mock(copy: Path) -> None:
    """Add fields, route and handler of the balances; the mock already has `/v1/heartbeat`."""
    insert(copy / MOCK / "api/_fields.py", '    "/v1/heartbeat": ', '    "/v1/balances": FieldTable((_ACCOUNT,)),\n')
    route = '    "/v1/balances": Route("list_balances", _TRADER, _READ, repeats_body=True),\n'
    insert(copy / MOCK / "api/_routes.py", '    "/v1/heartbeat": ', route)
    insert(copy / MOCK / "_exchange.py", '    "heartbeat": ', '    "list_balances": handlers.list_balances,\n')
    handlers = copy / MOCK / "api/_handlers.py"
    handlers.write_text(handlers.read_text(encoding="utf-8") + HANDLER, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the two endpoints and the generated client."""
    folder = tmp_path_factory.mktemp("checkout")
    copy_checkout(folder)
    add_to_spec(folder)
    add_to_mock(folder)
    done = run_python(folder, "-m", "gemini_clearing_generator")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def run_suite(copy: Path, *options: str) -> "CompletedProcess[str]":
    """Run the contract suite of the copy on its mock."""
    return run_python(copy, "-m", "gemini_clearing_contract", "--report-dir", "report", *options)


def test_client_has_the_new_methods(copy: Path) -> None:
    """The generated client returns the list with typed rows."""
    client = (copy / "generated_client/gemini_clearing/_client.py").read_text(encoding="utf-8")

    assert "def list_balances(" in client
    assert ') -> "gemini_clearing.BalanceList":' in client
    assert "def heartbeat(" in client


def test_suite_tests_the_new_endpoints(copy: Path) -> None:
    """The layers run without findings, and each one that tests every operation checks both."""
    done = run_python(
        copy, "-m", "gemini_clearing_contract", "--profile", PROFILE, "--layers", LAYERS, "--report-dir", "report"
    )

    report = json.loads((copy / "report" / "report.json").read_text(encoding="utf-8"))
    assert (0, "No findings") == (done.returncode, report["result"]), done.stdout
    for_every_operation = set(QUICK.split(",")) | (set() if LAYERS == QUICK else {"coverage", "fuzzing"})
    for operation in ("list_balances", "heartbeat"):
        assert for_every_operation <= report["requests"][operation].keys(), operation
    assert [] == report["keywords"]["never_satisfied"] + report["keywords"]["never_violated"]


@pytest.mark.parametrize(
    ("correct", "wrong", "title"),
    [
        (
            '"amount": amount',
            '"amount": float(amount)',
            "list_balances · schema: type · [0].amount",
        ),
        (
            "return json_response(200, rows)",
            'return json_response(200, {"balances": rows})',
            "list_balances · schema: type · body",
        ),
    ],
)
def test_suite_finds_a_fault_of_a_new_endpoint(copy: Path, correct: str, wrong: str, title: str) -> None:
    """A response that does not fit the schema is a finding about the server, and not an error of the suite."""
    handlers = copy / MOCK / "api/_handlers.py"
    source = handlers.read_text(encoding="utf-8")
    handlers.write_text(source.replace(correct, wrong), encoding="utf-8")
    try:
        done = run_suite(copy, "--profile", "quick", "--layers", "examples,rejected_requests")
    finally:
        handlers.write_text(source, encoding="utf-8")

    report = json.loads((copy / "report" / "report.json").read_text(encoding="utf-8"))
    assert 1 == done.returncode, done.stdout
    assert title in [" · ".join([one["operation"], one["check"], one["place"]]) for one in report["findings"]]
    assert None is report["suite_error"]


def test_added_yaml_is_part_of_the_spec(copy: Path) -> None:
    """The spec of the copy has ten operations."""
    document = yaml.safe_load((copy / SPEC).read_text(encoding="utf-8"))

    assert {"/v1/balances", "/v1/heartbeat"} <= document["paths"].keys()
    assert 10 == len(document["paths"])
