"""Changes of the spec: both clients change, only as much as necessary, and the code stays valid."""

import ast
import difflib
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.generator.specs import ROOT, SMALL, Rendered, replaced

SPEC = (ROOT / "openapi/clearing.yaml").read_text("utf-8")
FIELD = "        hours: {type: number, exclusiveMinimum: 0}\n"

# Prints what a method sends, and which arguments it takes.
CALL = """
import asyncio, inspect, json, httpx
import gemini_clearing as package
sent = []
def respond(request):
    sent.append(json.loads(request.extensions["gemini_clearing.signed"].payload_json))
    status = "AwaitConfirm" if "clearing" in request.url.path else "Open"
    fields = {"id": "A", "clearing_id": "A", "status": status, "details": sent[-1].get("amount", "")}
    return httpx.Response(200, json={"items": [], **fields})
options = dict(api_key="account-demo", api_secret="demo", transport=httpx.MockTransport(respond))
with package.GeminiClearing(**options) as client:
    client.METHOD(ARGUMENTS)
async def call():
    async with package.AsyncGeminiClearing(**options) as client:
        await client.METHOD(ARGUMENTS)
asyncio.run(call())
for payload in sent:
    del payload["nonce"], payload["request"]
takes = [list(inspect.signature(getattr(kind, "METHOD")).parameters)[1:]
         for kind in (package.GeminiClearing, package.AsyncGeminiClearing)]
print(json.dumps({"sent": sent, "takes": takes}))
"""


def calling(method: str, arguments: str) -> str:
    """Return code that calls a method with both clients."""
    return CALL.replace("METHOD", method).replace("ARGUMENTS", arguments)


def added(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Return the lines that differ, with + or - in front, of every file except the provenance."""
    lines = []
    for name in sorted(before.keys() | after.keys() - {"PROVENANCE.json"}):
        if name != "PROVENANCE.json":
            old, new = (files.get(name, b"").decode().splitlines() for files in (before, after))
            lines += [line for line in difflib.ndiff(old, new) if line[0] in "+-"]
    return lines


def test_optional_field_changes_both_clients_and_nothing_else(tmp_path):
    """One line in the real spec adds a keyword to two signatures and two calls, and one declaration."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir(), after.mkdir()
    place = "        counterparty_id: {$ref: '#/components/schemas/CounterpartyId', description: 'The only desk"
    field = "        memo: {type: string, minLength: 1, description: A note.}\n"
    plain, changed = Rendered(before, SPEC), Rendered(after, replaced(SPEC, place, field + place))

    lines = added(plain.files(), changed.files())
    imports = [line for line in lines if re.fullmatch(r"[+-] +(from \S+ )?import .*|\+     \w+,", line)]
    assert [line for line in lines if line not in imports] == [
        "+         memo: str | None = None,",
        "+             memo=memo,",
        "+         memo: str | None = None,",
        "+             memo: A note.",
        "+             memo=memo,",
        '+         Argument("memo", String(min_length=1)),',
    ]
    assert len(imports) <= 2  # the class of an argument whose schema has no name in the spec
    order = 'symbol="btcusd", amount=1, price=1, side="buy", memo="x"'
    done = changed.execute(calling("create_order", order))
    assert [payload["memo"] for payload in done["sent"]] == ["x", "x"]
    assert done["takes"][0] == done["takes"][1]
    assert "memo" in done["takes"][0]


CHECKED = """
import asyncio
from gemini_clearing import AsyncGeminiClearing, GeminiClearing
def block(client: GeminiClearing) -> None:
    client.place(amount=1, note="x")
    client.place(amount=1, note=5)
    client.place(amount=1.5)
async def wait(client: AsyncGeminiClearing) -> None:
    await client.place(amount=1, note="x")
    await client.place(amount=1, note=5)
"""


def test_optional_field_is_seen_by_the_type_checker(render, tmp_path):
    """`mypy --strict` accepts the new keyword, and rejects a wrong type for it, in both clients."""
    rendered = render(replaced(SMALL, FIELD, FIELD + "        note: {type: string}\n"))
    assert rendered.code == 0
    (tmp_path / "use.py").write_text(CHECKED)
    roots = [tmp_path, ROOT / "client_runtime", ROOT / "auth_plugin"]
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".build/mypy-generator"), "use.py"]
    done = subprocess.run(
        # Other packages are no part of a signature, and their types take two thirds of the time.
        [*command, "--config-file=", "--no-site-packages"],
        cwd=tmp_path, env={"MYPYPATH": ":".join(map(str, roots)), "PATH": "/usr/bin"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    wrong = [line.split(":")[1] for line in done.stdout.splitlines() if "error" in line and line.startswith("use.py")]
    assert wrong == ["6", "7", "10"], done.stdout + done.stderr


def test_field_in_camel_case_becomes_an_argument_in_snake_case(render):
    """The name on the wire does not change."""
    rendered = render(
        replaced(SMALL, FIELD, FIELD + "        memoText: {type: string}\n        class: {type: string}\n")
    )

    done = rendered.execute(calling("place", 'amount=1, memo_text="x", class_="y"'))

    assert done["sent"] == [{"amount": "1", "memoText": "x", "class": "y"}] * 2


def test_missing_partner_in_camel_case_is_named_in_snake_case(render):
    """The error message has the names of the arguments."""
    spec = SMALL.replace("begin", "beginAt")

    message = render(spec).execute(
        "import json, gemini_clearing as p\n"
        "try: p.GeminiClearing(api_key='k', api_secret='s').list_them(end=1)\n"
        "except p.ArgumentError as error: print(json.dumps(str(error)))"
    )

    assert message == "list_them: end without begin_at. Pass both or neither."


def test_argument_may_have_the_name_of_an_internal_parameter(render):
    """Fields called `operation` and `self` are sent."""
    rendered = render(
        replaced(SMALL, FIELD, FIELD + "        operation: {type: string}\n        self: {type: string}\n")
    )

    done = rendered.execute(calling("place", 'amount=1, operation="x", self_="y"'))

    assert done["sent"] == [{"amount": "1", "operation": "x", "self": "y"}] * 2


def test_new_enum_is_exported(render):
    """A new enum is closed or open, as the spec says, and exported by the package."""
    spec = replaced(
        SMALL,
        "    PlaceRequest:",
        "    Mood: {type: string, enum: [fine, 'so so', '2nd']}\n"
        "    Weather: {type: string, x-extensible-enum: [rain]}\n    PlaceRequest:",
    )
    spec = replaced(spec, FIELD, FIELD + "        mood: {$ref: '#/components/schemas/Mood'}\n")

    done = render(spec).execute(
        "import json, gemini_clearing as p\n"
        "print(json.dumps([[(m.name, m) for m in p.Mood], p.Weather('sun'), "
        "[x in p.__all__ for x in ('Mood', 'Weather')]]))"
    )

    assert done == [[["FINE", "fine"], ["SO_SO", "so so"], ["VALUE_2ND", "2nd"]], "sun", [True, True]]


NEW_OPERATION = """\
  /v1/delete:
    post:
      operationId: delete_it
      summary: Delete something.
      x-roles: [Trader]
      x-safe-to-repeat: false
      x-success: {status: [Open]}
      x-refusals: [{result: failed, status: 200, when: it cannot be deleted}]
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/DeleteRequest'}}}
      responses:
        '200':
          description: It was deleted.
          content: {application/json: {schema: {$ref: '#/components/schemas/Placed'}}}
components:
"""
DELETE = """\
    DeleteRequest:
      type: object
      required: [request, id]
      properties: {request: {type: string, x-injected: true}, id: {type: string}}
    PlaceRequest:
"""


def test_new_operation_is_a_method_of_both_clients(render):
    """It has its own path, arguments and response."""
    spec = replaced(replaced(SMALL, "components:\n", NEW_OPERATION), "    PlaceRequest:\n", DELETE)

    done = render(spec).execute(calling("delete_it", 'id="x"'))

    assert done == {"sent": [{"id": "x"}, {"id": "x"}], "takes": [["id", "timeout", "extra_headers"]] * 2}


LIST_OF_ITEMS = """\
import json
from gemini_clearing import _models as models
from gemini_clearing_runtime import ListModel
(row,) = models.Items.__annotations__["items"].__args__
print(json.dumps([issubclass(models.Items, ListModel), row.__name__]))
"""


def test_list_response_is_a_list_model(render):
    """An operation that returns a JSON list has a result with the rows in `items`."""
    operation = replaced(NEW_OPERATION, "#/components/schemas/Placed", "#/components/schemas/Items")
    write = "x-safe-to-repeat: false\n      x-success: {status: [Open]}\n"
    operation = replaced(operation, write, "x-safe-to-repeat: true\n")
    items = "    Items: {type: array, description: The items., items: {$ref: '#/components/schemas/Item'}}\n"
    spec = replaced(replaced(SMALL, "components:\n", operation), "    PlaceRequest:\n", items + DELETE)

    assert render(spec).execute(LIST_OF_ITEMS) == [True, "Item"]


def test_operation_without_arguments_becomes_a_method_without_arguments(render):
    """A request may have the signer's fields only."""
    spec = SMALL
    for line in ("amount", "direction", "hours"):
        spec = "\n".join(part for part in spec.splitlines() if not part.startswith(f"        {line}:")) + "\n"
    spec = replaced(spec, "required: [request, nonce, amount]", "required: [request, nonce]")
    spec = replaced(spec, "        match: {amount: quantity}", "        match: {}")
    spec = replaced(spec, "      x-echo: {direction: direction, amount: {in: details}}\n", "")

    assert render(spec).execute(calling("place", ""))["sent"] == [{}, {}]


HOSTILE = [
    'a "quoted" word',
    "an apostrophe's text",
    "both \"and' of them",
    'ends in a quote "',
    'three """ of them',
    "ends in a backslash \\",
    "\\u0041 \\n \\N{DASH} \\x",
    "two\\nlines \\t and more",
    "{{ template }} {% raw %} {# note #} ${x} %s {0}",
    "ümläut ≤ 中 🎉",
    "'; import os; os.abort() #",
    "tab\there",
    "two\nlines and a \\",
    "\r\n \u2028 \x85",
]


def in_yaml(text: str) -> str:
    """Return a text quoted for YAML."""
    # JSON writes characters beyond U+FFFF as two surrogates, which YAML does not combine. They are not escaped.
    return json.dumps(text, ensure_ascii=max(text) <= "\uffff")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_the_spec_stays_text(text, render):
    """In titles, descriptions and enum values, hostile text gives valid code with the same text."""
    spec = SMALL
    for place in (
        "title: Small Exchange", "summary: Place something.", "description: It waits.", "when: it is too much",
        "description: The status.", "description: The amount.", "description: All items.",
    ):  # fmt: skip
        spec = replaced(spec, place, f"{place.partition(':')[0]}: {in_yaml(text)}")
    spec = replaced(spec, "[Open, Not Found]", f"[Open, {in_yaml(text)}]")
    spec = replaced(spec, "x-environment: sandbox", f"x-environment: {in_yaml(text)}")
    rendered = render(spec)
    assert rendered.code == 0

    trees = {name: ast.parse(content) for name, content in rendered.files().items() if name.endswith(".py")}
    values = runpy.run_path(str(rendered.package / "_enums.py"))["Status"]
    (environments,) = (
        ast.literal_eval(node.value)
        for node in trees["_operations.py"].body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "ENVIRONMENTS"
    )

    assert [member.value for member in values] == ["Open", text]
    assert list(environments) == ["production", text]
    docstring = " ".join((ast.get_docstring(trees["__init__.py"], clean=False) or "").split())
    assert " ".join(text.split()) in docstring


PATTERNS = ['^[a-z"]+$', "^\\d+'?$", '^\\d+"$', "^\\\\$", "^[\\\\]$", "^a\\$$", "^\\\\\"'$", "^\\d\n$"]


def test_pattern_reaches_the_runtime_unchanged(render):
    """Patterns with quotes and backslashes are the same in arguments and in responses."""
    fields = "".join(
        f"        note{n}: {{type: string, pattern: {in_yaml(pattern)}}}\n" for n, pattern in enumerate(PATTERNS)
    )
    spec = replaced(SMALL, FIELD, FIELD + fields)
    spec = replaced(spec, "        id: {type: string, minLength: 1}\n", "        id: {type: string}\n" + fields)

    found = render(spec).execute(
        "import attrs, json\nfrom gemini_clearing._operations import PLACE\n"
        "arguments = [a.scalar.pattern for a in PLACE.arguments if 'note' in a.name]\n"
        "fields = [field for field in attrs.fields(PLACE.response) if 'note' in field.name]\n"
        "responses = [field.metadata['gemini_clearing.scalar'].pattern for field in fields]\n"
        "print(json.dumps([arguments, responses]))"
    )

    assert found == [PATTERNS, PATTERNS]


def test_rendered_code_is_clean(small):
    """Ruff has no findings in the rendered code."""
    command = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--no-cache", "."]
    done = subprocess.run(command, cwd=small.package, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_generator_ignores_configuration_around_its_output(small, tmp_path):
    """A configuration of ruff near the output does not change the code."""
    (tmp_path / "ruff.toml").write_text("line-length = 60\n")
    before = small.files()
    (small.package / "_client.py").unlink()

    assert small.run() == 0
    assert small.files() == before


def test_module_is_a_command():
    """`python -m gemini_clearing_generator --help` shows the options."""
    done = subprocess.run(
        [sys.executable, "-m", "gemini_clearing_generator", "--help"],
        cwd=Path(ROOT), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0
    assert "--check" in done.stdout
