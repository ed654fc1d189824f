"""The comparison with a vendor's file reports each difference once, with the decision that covers it."""

import copy
import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ruamel.yaml import YAML

from gemini_clearing_changes._errors import ChangesError
from gemini_clearing_changes.drift import Difference, _vendor, differences, read_decisions, read_vendor
from gemini_clearing_changes.drift.__main__ import main
from gemini_clearing_changes.drift._decisions import decision_of
from gemini_clearing_generator import Spec
from tests.spec.reading import DOCUMENT
from tests.unit.spec_changes.test_edits import SPEC

ROOT = SPEC.parents[1]
VENDOR = Path(__file__).with_name("vendor.yaml")
DECISIONS = read_decisions(ROOT / "openapi" / "README.md")
UNDECIDED = {
    "only there: /v1/clearing/amend",
    "only here: /v1/clearing/broker/list",
    "different: /v1/clearing/broker/new request expires_in_hrs exclusiveMinimum",
    "only here: /v1/clearing/broker/new request expires_in_hrs required",
    "different: /v1/clearing/cancel response details type",
    "only there: /v1/clearing/cancel scope clearing:cancel",
    "only here: /v1/clearing/cancel scope clearing:create",
    "only there: /v1/clearing/cancel status 409",
    "only there: /v1/clearing/confirm request clearing_id pattern",
    "only here: /v1/clearing/confirm request side enum sell",
    "only here: /v1/clearing/list request funded",
    "only there: /v1/clearing/list response orders[].status enum Held",
    "only there: /v1/clearing/new request client_order_id",
    "only there: /v1/clearing/new request counterparty_id required",
    "different: /v1/clearing/new request expires_in_hrs type",
    "only there: /v1/clearing/new request side enum both",
    "only there: /v1/clearing/new response fee",
    "only here: /v1/clearing/status response is_confirmed",
    "different: /v1/clearing/trades request limit_per_account default",
    "different: /v1/clearing/trades request limit_per_account maximum",
    "only there: /v1/clearing/trades request limit_trades maximum",
    "only there: /v1/clearing/trades response results[].fee",
}
DECIDED = {
    "different: /v1/clearing/new operationId": "method-names",
    "different: /v1/clearing/list request nonce type": "signed-fields",
    "only here: /v1/clearing/new request symbol pattern": "request-constraints",
    "only here: /v1/clearing/list response orders[].price format": "exact-types",
    "only here: /v1/clearing/list response orders[].symbol required": "required-response-fields",
    "only here: /v1/clearing/new response timestampms maximum": "response-constraints",
    "only here: /v1/clearing/status response status enum": "known-statuses",
    "only here: /v1/clearing/confirm response reason enum": "rejected-with-200",
    "only there: /v1/clearing/new status 401": "missing-header",
    "only here: /v1/clearing/trades status 503": "undocumented-statuses",
    "only here: /v1/clearing/broker/new scope clearing:create": "broker-scope",
    "only here: /v1/clearing/new response timestamp format": "timestamp-unit",
}


@pytest.fixture(scope="module")
def found() -> list[Difference]:
    """Return the differences of the vendor's file."""
    return differences(read_vendor(str(VENDOR)), Spec(SPEC, DOCUMENT))


def test_undecided_differences_are_the_planted_ones(found: list[Difference]) -> None:
    """Each is reported once, and none is invented."""
    undecided = [one.key for one in found if decision_of(one, DECISIONS) is None]

    assert sorted(undecided) == sorted(UNDECIDED)


def test_decided_differences_have_their_decision(found: list[Difference]) -> None:
    """One example of each decision; a difference is reported once."""
    keys = [one.key for one in found]
    named = {one.key: decision.name for one in found if (decision := decision_of(one, DECISIONS))}

    assert {key: named.get(key) for key in DECIDED} == DECIDED
    assert len(keys) == len(set(keys))


def test_every_decision_covers_a_difference(found: list[Difference]) -> None:
    """A decision without a difference is removed from openapi/README.md."""
    used = {decision.name for one in found if (decision := decision_of(one, DECISIONS))}

    assert {decision.name for decision in DECISIONS} - used == set()


def test_own_spec_has_no_drift_from_itself() -> None:
    """Nothing is invented for two equal files."""
    assert differences(copy.deepcopy(DOCUMENT), Spec(SPEC, DOCUMENT)) == []


def test_tabs_are_tolerated(tmp_path: Path) -> None:
    """Tabs in the indentation, which YAML forbids, are read as two spaces."""
    tabbed = tmp_path / "tabbed.yaml"
    tabbed.write_text(VENDOR.read_text("utf-8").replace("\n    post:", "\n\t\tpost:"), "utf-8")

    assert read_vendor(str(tabbed)) == read_vendor(str(VENDOR))


@pytest.mark.parametrize("text", ["[", "just text", "openapi: 3.0.3\n", "\x00"])
def test_unreadable_file_is_an_error(text: str, tmp_path: Path) -> None:
    """The message names the file and states the remedy."""
    (tmp_path / "broken.yaml").write_text(text, "utf-8")

    with pytest.raises(ChangesError, match=r"broken\.yaml: .*\. Name a file or an address"):
        read_vendor(str(tmp_path / "broken.yaml"))


def _exit_status(document: Any, folder: Path) -> int:
    with (folder / "vendor.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(document, file)
    return main([str(folder / "vendor.yaml"), "--root", str(ROOT)])


def _with_response(schema: Any) -> Any:
    """Return a document with a response, and schemas that refer to themselves."""
    own = {"items": {"$ref": "#/components/schemas/B"}, "type": "array"}
    schemas = {"A": {"$ref": "#/components/schemas/A"}, "B": {"properties": {"children": own}}}
    response = {"content": {"application/json": {"schema": schema}}}
    operation = {"post": {"responses": {"200": response}}}
    return {"paths": {"/v1/clearing/new": operation}, "components": {"schemas": schemas}}


@pytest.mark.parametrize(
    ("document", "status", "message"),
    [
        (DOCUMENT, 0, "0 differences, 0 undecided."),
        ({"paths": {}}, 1, "only here: /v1/clearing/trades: undecided"),
        ({"paths": {"/v1/clearing/new": 1}}, 2, "unexpected structure"),
        (_with_response({"$ref": "#/components/schemas/A"}), 2, "unresolved reference #/components/schemas/A"),
        (_with_response({"$ref": "other.yaml#/A"}), 2, "unresolved reference other.yaml#/A"),
        (_with_response({"$ref": "#/components/schemas/B"}), 1, "only there: /v1/clearing/new response children"),
    ],
)
def test_exit_status(
    document: Any, status: int, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0: every difference is decided. 1: one is not. 2: the file cannot be compared."""
    assert _exit_status(document, tmp_path) == status
    assert message in "".join(capsys.readouterr())


@pytest.mark.parametrize("upstream", ["", "no such file", "."])
def test_what_is_no_file_is_one_line(upstream: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty UPSTREAM, a missing file and a folder are not compared."""
    assert main([upstream, "--root", str(ROOT)]) == 2
    assert re.fullmatch(r"UPSTREAM: .+: not a file\. Name a file or an address of .*\n", capsys.readouterr().err)


def test_schema_that_is_nested_too_deeply_is_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status is 2: nothing was compared. With 1 it would be a difference."""
    (tmp_path / "deep.json").write_text('{"paths": ' + '{"a": ' * 5000 + "1" + "}" * 5001, "utf-8")

    assert main([str(tmp_path / "deep.json"), "--root", str(ROOT)]) == 2
    assert "deep.json: too deeply nested" in capsys.readouterr().err


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve the vendor's file from this machine, and return the address of the folder."""
    (tmp_path / "vendor.yaml").write_bytes(VENDOR.read_bytes())
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_address_is_read_like_a_file(address: str) -> None:
    """The document of an address is the same as that of its file."""
    assert read_vendor(f"{address}/vendor.yaml") == read_vendor(str(VENDOR))


def test_address_without_a_document_of_usual_size_is_an_error(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A status other than success, and a document without an end, are not compared."""
    with pytest.raises(ChangesError, match=r"missing\.yaml: status 404\. Name the address"):
        read_vendor(f"{address}/missing.yaml")

    monkeypatch.setattr(_vendor, "_MOST_BYTES", 100)
    with pytest.raises(ChangesError, match=r"vendor\.yaml: more than 100 bytes or 30 seconds\. Download it"):
        read_vendor(f"{address}/vendor.yaml")
