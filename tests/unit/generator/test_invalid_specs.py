"""A spec that cannot be used gets one message that names file, line, place and fault, and the old client stays."""

import shutil

import pytest
from openapi_python_client.parser.errors import GeneratorError as ParseError

from gemini_clearing_generator import _render
from tests.unit.generator.specs import SMALL, generate, line_of, replaced

LAST = "The client was left as it is."


@pytest.fixture
def refused(small, capsys):
    """Generate from another spec; return what is told, once it is sure that the client is untouched."""

    def attempt(spec: str | bytes | None) -> str:
        before = small.files()
        if isinstance(spec, str):
            small.spec.write_text(spec, "utf-8")
        elif isinstance(spec, bytes):
            small.spec.write_bytes(spec)
        assert small.run() == 2
        assert small.files() == before
        out, err = capsys.readouterr()
        assert out == ""
        told, last = err.rstrip("\n").rsplit("\n", 1)
        assert last == LAST
        assert told.startswith(f"{small.spec}")
        return told.removeprefix(f"{small.spec}")

    return attempt


def test_check_cannot_tell_where_the_spec_is_refused(small, capsys):
    """Neither fresh nor stale: an exit code of its own."""
    small.spec.write_text("- a")

    assert small.run("--check") == 2
    assert "must be a mapping" in capsys.readouterr().err


def test_missing_file_is_told(small, refused):
    """By its name."""
    small.spec.unlink()

    assert refused(None) == ": cannot be read: No such file or directory"


def test_directory_is_told(small, refused):
    """A folder is no file."""
    small.spec.unlink()
    small.spec.mkdir()

    assert refused(None) == ": cannot be read: Is a directory"


NO_DOCUMENT = [
    (b"\xff\xfe", ": is not UTF-8: invalid start byte at byte 0"),
    ("", ": is no OpenAPI document: its root must be a mapping"),
    ("- a\n- b\n", ": is no OpenAPI document: its root must be a mapping"),
    ("a: [1\n", ":2:1: is no YAML: expected ',' or ']', but got '<stream end>'"),
    ("a: b: c\n", ":1:5: is no YAML: mapping values are not allowed here"),
    ("a: 1\na: 2\n", ':2:1: is no YAML: found duplicate key "a" with value "2" (original value: "1")'),
    ("a: \x00\n", ": is no YAML: unacceptable character"),
    ("swagger: '2.0'\n", ": openapi: must be 3.1.x, not None"),
    (replaced(SMALL, "openapi: 3.1.0", "openapi: 3.0.3"), ": openapi: must be 3.1.x, not '3.0.3'"),
    (replaced(SMALL, "openapi: 3.1.0", "openapi: 3.1"), ": openapi: must be 3.1.x, not 3.1"),
]


@pytest.mark.parametrize(("spec", "told"), NO_DOCUMENT)
def test_file_that_is_no_openapi_document_is_told(spec, told, refused):
    """Encoding, YAML, root and version are looked at in this order."""
    assert refused(spec).startswith(told)


PLACE = "paths./v1/place.post"
SCHEMAS = "components.schemas"

FAULTS = [
    ("      operationId: place\n", "", "post:", f"{PLACE}: operationId is missing: it names the client's method"),
    (
        "  /v1/place:\n    post:",
        "  /v1/place:\n    get:",
        "get:",
        "paths./v1/place.get: only POST can be generated, not GET",
    ),
    (
        "info: {title: Small Exchange, version: 1.0.0}",
        "info: {title: Small Exchange}",
        "info:",
        'info: "version" is a required property',
    ),
    ("      summary: Place something.\n", "", "post:", f"{PLACE}: summary is missing: it heads the method's docstring"),
    ("      x-roles: [Trader]\n", "", "post:", f"{PLACE}: x-roles is missing: it says who may call"),
    (
        "      x-safe-to-repeat: false\n",
        "",
        "post:",
        f"{PLACE}: x-safe-to-repeat is missing: it says whether a lost call may be repeated",
    ),
    (
        "      x-refusals: [{reason: TooMuch, status: 400, when: it is too much}]\n",
        "",
        "post:",
        f"{PLACE}: x-refusals is missing",
    ),
    (
        "{reason: TooMuch, status: 400, when: it is too much}",
        "{reason: TooMuch}",
        "{reason: TooMuch}",
        f"{PLACE}.x-refusals.0: needs reason (or result) and when",
    ),
    (
        "        query: list_them",
        "        query: forget",
        "query: forget",
        f"{PLACE}.x-resolve.query: must name an operation that is safe to repeat",
    ),
    (
        "match: {amount: quantity}",
        "match: {amount: price}",
        "match:",
        f"{PLACE}.x-resolve.match.amount: amount or price is no field to match",
    ),
    (
        "match: {amount: quantity}",
        "match: {sum: quantity}",
        "match:",
        f"{PLACE}.x-resolve.match.sum: sum or quantity is no field to match",
    ),
    (
        "window: [begin, end]",
        "window: [begin, finish]",
        "window:",
        f"{PLACE}.x-resolve.window: finish is no argument of list_them",
    ),
    (
        "url: 'https://exchange.test', x-environment: production",
        "url: 'https://exchange.test'",
        "url: 'https://exchange.test'",
        "servers.0: x-environment is missing",
    ),
    (
        "type: [integer, string], format: timestamp",
        "type: [integer, boolean], format: timestamp",
        "begin: {$ref",
        f"{SCHEMAS}.ListRequest.properties.begin: type ['integer', 'boolean'] with format 'timestamp' cannot be",
    ),
    (
        "open: {type: boolean}",
        "open: {type: 'null'}",
        "open: {type",
        f"{SCHEMAS}.ListRequest.properties.open: type 'null' with format None cannot be generated",
    ),
    (
        "hours: {type: number, exclusiveMinimum: 0}",
        "hours: {type: number, multipleOf: 2}",
        "hours:",
        f"{SCHEMAS}.PlaceRequest.properties.hours: the client cannot enforce multipleOf here: teach",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {type: string, maxLength: 1}",
        "id: {type: string, maxLength",
        f"{SCHEMAS}.Placed.properties.id: the client cannot enforce maxLength here",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {type: string, format: uuid}",
        "id: {type: string, format",
        f"{SCHEMAS}.Placed.properties.id: type 'string' with format 'uuid' cannot be generated",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {type: string, enum: [a]}",
        "id: {type: string, enum",
        f"{SCHEMAS}.Placed.properties.id: an enumeration needs a name",
    ),
    (
        "enum: [buy, sell]",
        "enum: [buy, 5]",
        "direction:",
        f"{SCHEMAS}.PlaceRequest.properties.direction: an enumeration can hold nothing but strings",
    ),
    (
        "[Open, Not Found]",
        "[Open, Not Found, NotFound]",
        "Status:",
        f"{SCHEMAS}.Status: 'Not Found' and 'NotFound' would have the same name, NOT_FOUND",
    ),
    (
        "items: {type: array, items: {$ref: '#/components/schemas/Item'}}",
        "items: {type: array, items: {type: string}}",
        "items: {type: array",
        f"{SCHEMAS}.ItemList.properties.items: a list can hold nothing but objects that are components",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {type: object}",
        "id: {type: object}",
        f"{SCHEMAS}.Placed.properties.id: an object inside an object can only stand in a list",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {$ref: '#/components/schemas/None'}",
        "id: {$ref",
        f"{SCHEMAS}.Placed.properties.id.$ref: $ref leads nowhere: #/components/schemas/None",
    ),
    (
        "        id: {type: string, minLength: 1}",
        "        raw: {type: string, minLength: 1}",
        "raw:",
        f"{SCHEMAS}.Placed.properties.raw: every answer has a raw of its own",
    ),
    (
        "{$ref: '#/components/schemas/ItemList'}",
        "{type: string}",
        ("'200':", 2),
        "paths./v1/list.post.responses.200: the success must be an object that is a component",
    ),
    (
        "content: {application/json: {schema: {$ref: '#/components/schemas/ItemList'}}}",
        "content: {}",
        ("responses:", 2),
        "paths./v1/list.post.responses: an answer 200 with application/json is missing",
    ),
    (
        "                  - {$ref: '#/components/schemas/Refusal'}",
        "                  - {$ref: '#/components/schemas/Item'}",
        "'200':",
        f"{PLACE}.responses.200: there must be one success; mark refusals with x-refusal",
    ),
    (
        "begin: [end], end: [begin]",
        "begin: [end, limit]",
        ("post:", 2),
        "paths./v1/list.post: begin can need one other field, not 2",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "told"), FAULTS, ids=[fault[3][:60] for fault in FAULTS])
def test_fault_in_the_spec_is_told_with_its_line_and_place(old, new, line, told, refused):
    """One change to a sound spec, one message."""
    spec = replaced(SMALL, old, new)
    message = refused(spec)

    assert "\n" not in message
    part, nth = line if isinstance(line, tuple) else (line, 1)
    assert message.startswith(f":{line_of(spec, part, nth)}: {told}")


LEADING_NOWHERE = ["#/components/schemas/Loop", "other.yaml#/Amount", "#/components/schemas/Placed/required/7"]


@pytest.mark.parametrize("reference", LEADING_NOWHERE)
def test_reference_that_leads_nowhere_is_told(reference, refused):
    """In a circle, to another file, or past the end of a list."""
    spec = replaced(SMALL, "    PlaceRequest:", "    Loop: {$ref: '#/components/schemas/Loop'}\n    PlaceRequest:")
    if "Loop" not in reference:
        spec = replaced(SMALL, "id: {type: string, minLength: 1}", f"id: {{$ref: '{reference}'}}")

    assert refused(spec).endswith(f"$ref: $ref leads nowhere: {reference}")


def test_body_without_json_is_told(refused):
    """An operation's arguments are the properties of an object."""
    place = "{application/json: {schema: {$ref: '#/components/schemas/PlaceRequest'}}}"
    spec = replaced(SMALL, place, "{text/plain: {schema: {type: string}}}")

    problem = "paths./v1/place.post.requestBody: must hold application/json with the properties of an object"
    assert refused(spec) == f":{line_of(spec, 'requestBody:')}: {problem}"


def test_document_that_the_parser_refuses_is_told(refused, monkeypatch):
    """Its own words, below the file's name."""
    told = ParseError(header="Failed to parse OpenAPI document", detail="Why not.")
    monkeypatch.setattr("gemini_clearing_generator._render.GeneratorData.from_dict", lambda *_, **__: told)

    problem = "openapi-python-client would leave parts out:\n  Failed to parse OpenAPI document Why not."
    assert refused(SMALL) == f": {problem}"


def test_operation_id_that_stands_twice_is_told(refused):
    """The validator's own words, without a place, as there are two."""
    spec = replaced(SMALL, "operationId: place", "operationId: list_them")

    assert refused(spec) == ": the root: Operation ID 'list_them' for 'post' in '/v1/list' is not unique"


def test_two_methods_of_one_name_are_told(refused):
    """`list_them` and `listThem` would hide one another."""
    spec = replaced(SMALL, "operationId: place", "operationId: listThem")

    assert "would hide that of /v1/" in refused(spec)


def test_warning_of_the_parser_is_an_error(refused):
    """What openapi-python-client would leave out with a warning must not be missing in the client."""
    listed = "items: {type: array, items: {$ref: '#/components/schemas/%s'}}"
    # A refusal is no part of what it is given, so that it would drop the whole answer.
    message = refused(
        replaced(SMALL, listed % "Item", listed % "Refusal").replace("      x-resolve:", "      x-asked:")
    )

    assert message.startswith(": openapi-python-client would leave parts out:\n  ")


def test_code_that_ruff_cannot_read_is_told(small, capsys, monkeypatch, tmp_path):
    """A broken template is the maintainer's fault, and is told as one."""
    templates = shutil.copytree(_render.TEMPLATES, tmp_path / "templates")
    (templates / "_scalars.py.jinja").write_text("def :")
    monkeypatch.setattr(_render, "TEMPLATES", templates)
    before = small.files()

    assert small.run() == 2

    assert capsys.readouterr().err.startswith("ruff cannot read what the templates wrote:")
    assert small.files() == before


def test_place_without_a_client_gets_none(tmp_path, capsys):
    """Nothing is begun for a spec that is refused."""
    assert generate(tmp_path / "no.yaml", tmp_path / "client") == 2
    assert list(tmp_path.iterdir()) == []


def test_line_of_a_place_is_that_of_the_nearest_part(refused):
    """What is missing is told at what it is missing in."""
    spec = replaced(SMALL, "      x-roles: [Trader]\n", "")

    assert refused(spec).startswith(f":{line_of(spec, 'post:')}: ")
