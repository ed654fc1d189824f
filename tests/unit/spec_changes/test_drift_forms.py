"""OpenAPI 3.0 and 3.1 have several forms for the same meaning: none of them is reported as a difference."""

import copy
import gzip
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from gemini_clearing_changes._errors import ChangesError
from gemini_clearing_changes.drift import differences, read_vendor
from gemini_clearing_generator import Spec
from tests.spec.reading import DOCUMENT
from tests.unit.spec_changes.editing import field, operation, schema
from tests.unit.spec_changes.test_edits import SPEC

Document = dict[str, Any]
NAME = "CreateOrderRequest"
SYMBOL = "/v1/clearing/new request symbol"
VENDOR = Path(__file__).with_name("vendor.yaml")


def _replace(document: Document, name: str, change: Callable[[Any], Any]) -> None:
    """Replace the schema of a field of the request."""
    properties = schema(document, NAME)["properties"]
    properties[name] = change(properties[name])


def _split(document: Document) -> None:
    """Write the request as two parts of `allOf`, one of them nested."""
    whole = schema(document, NAME)
    names = list(whole["properties"])
    parts = [
        {
            "properties": {name: whole["properties"][name] for name in some},
            "required": [name for name in whole["required"] if name in some],
        }
        for some in (names[:3], names[3:])
    ]
    document["components"]["schemas"][NAME] = {"type": "object", "allOf": [parts[0], {"allOf": [parts[1]]}]}


def _single_value(document: Document) -> None:
    declared = field(document, NAME, "request")
    declared["enum"] = [declared.pop("const")]


def _definitions(document: Document) -> None:
    whole = schema(document, NAME)
    whole["$defs"] = {"Symbol": whole["properties"]["symbol"]}
    whole["properties"]["symbol"] = {"$ref": f"#/components/schemas/{NAME}/$defs/Symbol"}


def _referred(document: Document) -> None:
    """Write path and request body as references to components."""
    components, paths = document["components"], document["paths"]
    components["requestBodies"] = {"New": operation(document, "new")["requestBody"]}
    operation(document, "new")["requestBody"] = {"$ref": "#/components/requestBodies/New"}
    components["pathItems"] = {"New": paths["/v1/clearing/new"]}
    paths["/v1/clearing/new"] = {"$ref": "#/components/pathItems/New"}


def _media_type(document: Document) -> None:
    content = operation(document, "new")["requestBody"]["content"]
    content["application/json; charset=utf-8"] = content.pop("application/json")


@pytest.mark.parametrize(
    "edit",
    [
        _split,
        _single_value,
        _definitions,
        _referred,
        _media_type,
        lambda document: _replace(document, "symbol", lambda one: {"allOf": [one], "description": "Other."}),
        lambda document: _replace(document, "symbol", lambda one: {"oneOf": [one], "examples": ["btcusd"]}),
        lambda document: document.update(webhooks={"filled": {"post": {"responses": {}}}}),
        lambda document: document["components"]["schemas"].update({NAME: {"oneOf": [schema(document, NAME)] * 2}}),
    ],
    ids=[
        "allOf",
        "enum of one",
        "$defs",
        "references",
        "media type",
        "allOf of a field",
        "examples",
        "webhooks",
        "oneOf",
    ],
)
def test_another_form_is_no_difference(edit: Callable[[Document], Any]) -> None:
    """The same operations and fields, written in another way, have the same meaning."""
    document = copy.deepcopy(DOCUMENT)
    edit(document)

    assert differences(document, Spec(SPEC, DOCUMENT)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda one: {**one, "nullable": True},
        lambda one: {"type": ["string", "null"], "pattern": "^[A-Za-z0-9]+$"},
        lambda one: {"anyOf": [one, {"type": "null"}]},
        lambda one: {"oneOf": [{"type": "null"}, one]},
    ],
    ids=["nullable", "type array", "anyOf", "oneOf"],
)
def test_null_is_one_difference_in_each_form(change: Callable[[Any], Any]) -> None:
    """A field that may be null has another type, and no other difference."""
    document = copy.deepcopy(DOCUMENT)
    _replace(document, "symbol", change)

    [found] = differences(document, Spec(SPEC, DOCUMENT))

    assert (found.key, found.there) == (f"different: {SYMBOL} type", ["null", "string"])


def test_difference_inside_another_form_is_found() -> None:
    """Parts of `allOf` are compared: a field that is missing in them, or not required, is reported."""
    document = copy.deepcopy(DOCUMENT)
    _split(document)
    first, second = schema(document, NAME)["allOf"]
    first["required"].remove("symbol")
    del second["allOf"][0]["properties"]["account"]

    assert [one.key for one in differences(document, Spec(SPEC, DOCUMENT))] == [
        "only here: /v1/clearing/new request account",
        f"only here: {SYMBOL} required",
    ]


class _Server(BaseHTTPRequestHandler):
    """Redirects to the vendor's file, and sends it compressed."""

    def do_GET(self) -> None:
        """Send a redirect, or the file."""
        is_target = self.path == "/target.yml"
        body = gzip.compress(VENDOR.read_bytes()) if is_target else b""
        self.send_response(200 if is_target else 302)
        self.send_header("Content-Length", str(len(body)))
        self.send_header(*(("Content-Encoding", "gzip") if is_target else ("Location", "/target.yml")))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object, **_named: object) -> None:
        """Log nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Serve the file from this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/vendor.yml"
        server.shutdown()


def test_redirect_and_compression_are_followed(address: str) -> None:
    """An address may redirect, and its document may be compressed."""
    assert read_vendor(address) == read_vendor(str(VENDOR))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + "paths: {/a: {post: {tags: [Clearing]}}}",
        json.dumps({"paths": {"/a": {"post": {"tags": ["Clearing"]}}}}, indent="\t"),
        "x-tags: &tags [Clearing]\npaths:\n  /a:\n    post: {tags: *tags}\n",
        "x-post: &post {tags: [Clearing]}\npaths:\n  /a:\n    post:\n      <<: *post\n",
    ],
    ids=["byte order mark", "JSON with tabs", "anchor", "merge key"],
)
def test_form_of_the_file_does_not_matter(text: str, tmp_path: Path) -> None:
    """JSON, anchors and a byte order mark are read."""
    (tmp_path / "vendor.yml").write_text(text, "utf-8")

    assert read_vendor(str(tmp_path / "vendor.yml"))["paths"] == {"/a": {"post": {"tags": ["Clearing"]}}}


def test_key_that_occurs_twice_is_an_error_with_its_line(tmp_path: Path) -> None:
    """Two values of one key have no meaning: nothing is compared, and the message has the key and its line."""
    (tmp_path / "vendor.yml").write_text("paths:\n  /a: {}\n  /a: {}\n", "utf-8")

    with pytest.raises(ChangesError, match=r'vendor\.yml: .*duplicate key "/a".*line 3'):
        read_vendor(str(tmp_path / "vendor.yml"))
