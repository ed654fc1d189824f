"""Invalid specs: one message with file, line, place and problem, and the client is not changed."""

import shutil

import pytest
from openapi_python_client.parser.errors import GeneratorError as ParseError

from gemini_clearing_generator import _render
from tests.unit.generator.specs import SMALL, generate, line_of, replaced

PLACE = "paths./v1/place.post"
SCHEMAS = "components.schemas"
BY_LIST = """\
        query: list_them
        window: [begin, end]
        match: {amount: quantity}
        id: {id: itemId}
        submitted: at
"""
# `list_them` as the query of a status. Its response has one field only, which serves as status and as side.
BY_STATUS = """\
        query: list_them
        match: {amount: limit}
        status: items
        executed: [Open]
        not_executed: [Not Found]
        side: {direction: items}
        confirmed_by: {Half: source}
"""

INVALID = [
    ("      operationId: place\n", "", "post:", f"{PLACE}: missing operationId: it is the name of the client's method"),
    (
        "  /v1/place:\n    post:",
        "  /v1/place:\n    get:",
        "get:",
        "paths./v1/place.get: unsupported method GET. Only POST can be generated",
    ),
    (
        "info: {title: Small Exchange, version: 1.0.0}",
        "info: {title: Small Exchange}",
        "info:",
        'info: "version" is a required property',
    ),
    (
        "      summary: Place something.\n",
        "",
        "post:",
        f"{PLACE}: missing `summary`: it is the first line",
    ),
    ("      x-roles: [Trader]\n", "", "post:", f"{PLACE}: missing `x-roles`: it lists the roles that may call"),
    (
        "      x-safe-to-repeat: false\n",
        "",
        "post:",
        f"{PLACE}: missing `x-safe-to-repeat`: true if the call may be retried",
    ),
    (
        "      x-refusals: [{reason: TooMuch, status: 400, when: it is too much}]\n",
        "",
        "post:",
        f"{PLACE}: missing `x-refusals`: it lists the error responses",
    ),
    (
        "      x-roles: [Trader]\n      x-safe-to-repeat: false\n",
        "      x-roles: [Trader]\n      x-body: twice\n      x-safe-to-repeat: false\n",
        "x-body:",
        f"{PLACE}.x-body: unknown value 'twice'. Valid values: empty, repeated",
    ),
    (
        "{reason: TooMuch, status: 400, when: it is too much}",
        "{reason: TooMuch}",
        "{reason: TooMuch}",
        f"{PLACE}.x-refusals.0: incomplete. It needs `reason` or `result`, and `when`",
    ),
    (
        "        query: list_them",
        "        query: unknown",
        "query: unknown",
        f"{PLACE}.x-resolve.query: unknown operation. It must be an operation that is safe to repeat",
    ),
    (
        "match: {amount: quantity}",
        "match: {amount: price}",
        "match:",
        f"{PLACE}.x-resolve.match.amount: unknown field price",
    ),
    (
        "match: {amount: quantity}",
        "match: {sum: quantity}",
        "match:",
        f"{PLACE}.x-resolve.match.sum: unknown field sum",
    ),
    (
        "window: [begin, end]",
        "window: [begin, finish]",
        "window:",
        f"{PLACE}.x-resolve.window: unknown argument finish of list_them",
    ),
    (
        "url: 'https://exchange.test', x-environment: production",
        "url: 'https://exchange.test'",
        "url: 'https://exchange.test'",
        "servers.0: missing `x-environment`: it names the server",
    ),
    (
        "type: [integer, string], format: timestamp",
        "type: [integer, boolean], format: timestamp",
        "begin: {$ref",
        f"{SCHEMAS}.ListRequest.properties.begin: unsupported type ['integer', 'boolean'] with format 'timestamp'",
    ),
    (
        "open: {type: boolean}",
        "open: {type: 'null'}",
        "open: {type",
        f"{SCHEMAS}.ListRequest.properties.open: unsupported type 'null' with format None",
    ),
    (
        "hours: {type: number, exclusiveMinimum: 0}",
        "hours: {type: number, multipleOf: 2}",
        "hours:",
        f"{SCHEMAS}.PlaceRequest.properties.hours: unsupported keyword multipleOf. Add it to",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {type: string, maxLength: 1}",
        "id: {type: string, maxLength",
        f"{SCHEMAS}.Placed.properties.id: unsupported keyword maxLength",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {type: string, format: uuid}",
        "id: {type: string, format",
        f"{SCHEMAS}.Placed.properties.id: unsupported type 'string' with format 'uuid'",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {type: string, enum: [a]}",
        "id: {type: string, enum",
        f"{SCHEMAS}.Placed.properties.id: an enum needs a name",
    ),
    (
        "enum: [buy, sell]",
        "enum: [buy, 5]",
        "direction: {$ref",
        f"{SCHEMAS}.PlaceRequest.properties.direction: an enum value is not a string. Only strings",
    ),
    (
        "[Open, Not Found]",
        "[Open, Not Found, NotFound]",
        "Status:",
        f"{SCHEMAS}.Status: 'Not Found' and 'NotFound' get the same name, NOT_FOUND",
    ),
    (
        "items: {type: array, items: {$ref: '#/components/schemas/Item'}}",
        "items: {type: array, items: {type: string}}",
        "items: {type: array",
        f"{SCHEMAS}.ItemList.properties.items: unsupported items. The items of a list must be objects",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {type: object}",
        "id: {type: object}",
        f"{SCHEMAS}.Placed.properties.id: unsupported object inside an object. Only lists",
    ),
    (
        "id: {type: string, minLength: 1}",
        "id: {$ref: '#/components/schemas/None'}",
        "id: {$ref",
        f"{SCHEMAS}.Placed.properties.id.$ref: unresolved reference #/components/schemas/None",
    ),
    (
        "        id: {type: string, minLength: 1}",
        "        id: {type: string, minLength: 1}\n        raw: {type: string}",
        "raw:",
        f"{SCHEMAS}.Placed.properties.raw: would hide `raw`, which every response object has",
    ),
    (
        "{$ref: '#/components/schemas/ItemList'}",
        "{type: string}",
        ("'200':", 2),
        "paths./v1/list.post.responses.200: unsupported schema. The success must be an object or a list that",
    ),
    (
        "content: {application/json: {schema: {$ref: '#/components/schemas/ItemList'}}}",
        "content: {}",
        ("responses:", 2),
        "paths./v1/list.post.responses: missing response 200 as application/json",
    ),
    (
        "                  - {$ref: '#/components/schemas/ErrorResponse'}",
        "                  - {$ref: '#/components/schemas/Item'}",
        "'200':",
        f"{PLACE}.responses.200: 2 schemas of a success. There must be one; mark error responses with `x-refusal`",
    ),
    (
        "begin: [end], end: [begin]",
        "begin: [end, limit]",
        ("post:", 2),
        "paths./v1/list.post: begin requires 2 other fields. Only one is supported",
    ),
    (
        "x-error-format: {reason: [reason, error.reason], message: [message]}\n",
        "",
        None,
        "the root: missing `x-error-format`: it lists the fields",
    ),
    (
        BY_LIST,
        BY_STATUS.replace("        status: items\n", ""),
        "x-resolve:",
        f"{PLACE}.x-resolve: missing `status`",
    ),
    (
        BY_LIST,
        BY_STATUS.replace("status: items", "status: condition"),
        "status:",
        f"{PLACE}.x-resolve.status: unknown field condition",
    ),
    (
        BY_LIST,
        BY_STATUS.replace("        side: {direction: items}\n", ""),
        "x-resolve:",
        f"{PLACE}.x-resolve: `confirmed_by` needs `side`, and `side` needs `confirmed_by`",
    ),
    (
        BY_LIST,
        BY_STATUS.replace("side: {direction: items}", "side: {direction: way}"),
        "side:",
        f"{PLACE}.x-resolve.side.direction: unknown field way",
    ),
    (
        "        items: {type: array, items: {$ref: '#/components/schemas/Item'}}",
        "        items: {type: string}",
        "query:",
        f"{PLACE}.x-resolve.query: list_them has 0 lists in its response. It must have one",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "problem"), INVALID, ids=[case[3][:60] for case in INVALID])
def test_problem_in_the_spec_is_reported_with_line_and_place(old, new, line, problem, error_of):
    """One change to a valid spec gives one message."""
    spec = replaced(SMALL, old, new)
    message = error_of(spec)

    assert "\n" not in message
    part, nth = line if isinstance(line, tuple) else (line, 1)
    where = f":{line_of(spec, part, nth)}" if part else ""
    assert message.startswith(f"{where}: {problem}")


UNRESOLVED = ["#/components/schemas/Loop", "other.yaml#/Amount", "#/components/schemas/Placed/required/7"]


@pytest.mark.parametrize("reference", UNRESOLVED)
def test_unresolved_reference_is_reported(reference, error_of):
    """A reference in a circle, to another file, or past the end of a list."""
    spec = replaced(SMALL, "    PlaceRequest:", "    Loop: {$ref: '#/components/schemas/Loop'}\n    PlaceRequest:")
    if "Loop" not in reference:
        spec = replaced(SMALL, "id: {type: string, minLength: 1}", f"id: {{$ref: '{reference}'}}")

    assert error_of(spec).endswith(f"$ref: unresolved reference {reference}")


def test_body_without_json_is_reported(error_of):
    """The arguments of an operation are the properties of an object."""
    place = "{application/json: {schema: {$ref: '#/components/schemas/PlaceRequest'}}}"
    spec = replaced(SMALL, place, "{text/plain: {schema: {type: string}}}")

    problem = "paths./v1/place.post.requestBody: missing properties. The body must be an object as application/json"
    assert error_of(spec) == f":{line_of(spec, 'requestBody:')}: {problem}"


def test_error_of_the_parser_is_reported(error_of, monkeypatch):
    """The parser's own message follows the name of the file."""
    error = ParseError(header="Failed to parse OpenAPI document", detail="Because.")
    monkeypatch.setattr("gemini_clearing_generator._build.GeneratorData.from_dict", lambda *_, **__: error)

    problem = "openapi-python-client would omit parts of it:\n  Failed to parse OpenAPI document Because."
    assert error_of(SMALL) == f": {problem}"


def test_duplicate_operation_id_is_reported(error_of):
    """The message is the validator's. It has no place, because there are two."""
    spec = replaced(SMALL, "operationId: place", "operationId: list_them")

    assert error_of(spec) == ": the root: Operation ID 'list_them' for 'post' in '/v1/list' is not unique"


def test_two_methods_with_one_name_are_reported(error_of):
    """`list_them` and `listThem` would become the same method."""
    spec = replaced(SMALL, "operationId: place", "operationId: listThem")

    assert "would hide the method of /v1/" in error_of(spec)


def test_warning_of_the_parser_is_an_error(error_of):
    """Something that openapi-python-client omits with a warning must not be missing in the client."""
    listed = "items: {type: array, items: {$ref: '#/components/schemas/%s'}}"
    # The document for the parser has no error responses, so it would drop the list.
    message = error_of(
        replaced(SMALL, listed % "Item", listed % "ErrorResponse").replace("      x-resolve:", "      x-other:")
    )

    assert message.startswith(": openapi-python-client would omit parts of it:\n  ")


def test_invalid_code_of_a_template_is_reported(small, capsys, monkeypatch, tmp_path):
    """Ruff's message about the code of a broken template is reported."""
    templates = shutil.copytree(_render.TEMPLATES, tmp_path / "templates")
    (templates / "_scalars.py.jinja").write_text("def :")
    monkeypatch.setattr(_render, "TEMPLATES", templates)
    before = small.files()

    assert small.run() == 2

    assert capsys.readouterr().err.startswith("ruff cannot read the code that the templates produced:")
    assert small.files() == before


def test_invalid_spec_creates_no_package(tmp_path, capsys):
    """No file is created for an invalid spec."""
    assert generate(tmp_path / "no.yaml", tmp_path / "client") == 2
    assert list(tmp_path.iterdir()) == []


def test_missing_part_is_reported_at_the_part_around_it(error_of):
    """The line is that of the part in which something is missing."""
    spec = replaced(SMALL, "      x-roles: [Trader]\n", "")

    assert error_of(spec).startswith(f":{line_of(spec, 'post:')}: ")
