"""The HTTP reference: one page per operation, and one each for authentication, the common errors, and the schemas."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ._fields import field_table, resolve

__all__ = ["http_pages"]

Json = Mapping[str, Any]
_JSON = "application/json"


def http_pages(spec: Json) -> dict[str, str]:
    """Return the pages by name."""
    operations = [(path, item["post"]) for path, item in spec["paths"].items()]
    pages = {
        "http/index": "\n".join(_index(spec, operations)),
        "http/authentication": "\n".join(_authentication(spec)),
        "http/errors": "\n".join(_errors(spec)),
    }
    for path, operation in operations:
        pages[f"http/{operation['operationId']}"] = "\n".join(_operation(spec, path, operation))
    return pages


def _index(spec: Json, operations: list[tuple[str, Json]]) -> Iterator[str]:
    yield f"# HTTP reference\n\n{spec['info']['summary']}\n\n{spec['info']['description']}"
    yield "\nThis reference is rendered from `openapi/clearing.yaml`, with every example of that file.\n"
    yield "| server | address | funds |\n|---|---|---|"
    for server in spec["servers"]:
        yield f"| {server['x-environment']} | `{server['url']}` | {server['description']} |"
    yield "\n## Operations\n\n| operation | endpoint | does |\n|---|---|---|"
    for path, operation in operations:
        name = operation["operationId"]
        yield f"| [`{name}`]({name}.md) | `POST {path}` | {operation['summary']} |"
    yield "\n```{toctree}\n:hidden:\n\nauthentication\nerrors"
    yield from (operation["operationId"] for _, operation in operations)
    yield "```"


def _authentication(spec: Json) -> Iterator[str]:
    yield "# Authentication\n"
    yield "A request has either an API key, a payload and a signature, or an OAuth token and a payload."
    yield "[How a request is signed](../docs/signing.md) has the steps, with examples.\n"
    yield "| scheme | header | description |\n|---|---|---|"
    for name, scheme in spec["components"]["securitySchemes"].items():
        header = scheme.get("name", "Authorization: Bearer")
        yield f"| {name} | `{header}` | {_one_line(scheme['description'])} |"
    yield "\n## The fields of every payload\n"
    yield from field_table(spec, {"request": _schema(spec, "RequestPath"), "nonce": _schema(spec, "Nonce")}, set())


def _errors(spec: Json) -> Iterator[str]:
    yield "# Error responses\n"
    yield "An error response has `result`, `reason` and `message`."
    yield "The checks run in the order of this table, and the first check that fails determines the reason."
    yield "[Reasons, and what to do](../docs/reasons.md) has the reaction to each of them.\n"
    yield "| check | reason | status |\n|---|---|---|"
    for check in spec["x-precedence"]:
        for reason, entry in spec["x-reasons"].items():
            if entry["check"] == check:
                yield f"| {check} | `{reason}` | {entry['status']} |"
        if check == "business":
            yield "| business | see the page of the operation | |"
    yield "\n## Statuses\n"
    for response in spec["components"]["responses"].values():
        statuses = sorted({status for status, one in _declared(spec) if one == response})
        yield f"### Status {', '.join(statuses)}\n\n{response['description']}\n"
        for name, header in response.get("headers", {}).items():
            yield f"Header `{name}`: {header['description']}\n"
        yield from _examples(response)


def _declared(spec: Json) -> Iterator[tuple[str, Json]]:
    """Yield each status of each operation, and its response."""
    for item in spec["paths"].values():
        for status, response in item["post"]["responses"].items():
            yield status, resolve(spec, response)


def _operation(spec: Json, path: str, operation: Json) -> Iterator[str]:
    name = operation["operationId"]
    yield f"# `{name}`\n\n{operation['summary']}\n\n```text\nPOST {path}\n```\n\n{operation['description']}"
    yield "\n| property | value |\n|---|---|"
    yield f"| roles | {', '.join(operation['x-roles'])} |"
    yield f"| OAuth scope | {_scopes(operation)} |"
    yield f"| safe to repeat | {'yes' if operation['x-safe-to-repeat'] else 'no'} |"
    yield f"| in Python | {{py:meth}}`gemini_clearing.GeminiClearing.{name}` |"
    if url := operation.get("externalDocs", {}).get("url"):
        yield f"| documentation of the exchange | <{url}> |"
    yield "\n## Request\n"
    request = resolve(spec, operation["requestBody"]["content"][_JSON]["schema"])
    yield from field_table(spec, request["properties"], set(request.get("required", ())))
    yield "\nThe signer adds `request` and `nonce`.\n"
    yield from _examples(operation["requestBody"])
    for status, response in operation["responses"].items():
        if not status.startswith(("3", "4", "5")):
            yield from _success(spec, status, resolve(spec, response))
    yield from _rejections(spec, operation)


def _success(spec: Json, status: str, response: Json) -> Iterator[str]:
    yield f"\n## Response with status {status}\n\n{response['description']}\n"
    schema = response["content"][_JSON]["schema"]
    for one in schema.get("oneOf", [schema]):
        found = resolve(spec, one)
        yield f"### {one['$ref'].rsplit('/', 1)[1] if '$ref' in one else 'Body'}\n\n{found.get('description', '')}\n"
        if found.get("type") == "array":
            yield "A list of objects with these fields:\n"
            found = resolve(spec, found["items"])
        yield from field_table(spec, found.get("properties", {}), set(found.get("required", ())))
        yield ""
    yield from _examples(response)


def _rejections(spec: Json, operation: Json) -> Iterator[str]:
    yield "\n## Error responses\n\n| reason | status | when |\n|---|---|---|"
    for entry in operation["x-refusals"]:
        mark = f"`{entry['reason']}`" if "reason" in entry else f"`result: {entry['result']}`"
        yield f"| {mark} | {entry['status']} | {entry['when']} |"
    yield "\nAny request can also get the reasons of [malformed and unauthenticated requests](errors.md)."
    yield "\n| status | meaning |\n|---|---|"
    for status, response in operation["responses"].items():
        if status.startswith(("3", "4", "5")):
            yield f"| {status} | {_one_line(resolve(spec, response)['description'])} |"


def _examples(body: Json) -> Iterator[str]:
    for name, example in body.get("content", {}).get(_JSON, {}).get("examples", {}).items():
        text = json.dumps(example["value"], indent=2, ensure_ascii=False)
        yield f"Example `{name}`" + (f": {example['summary']}" if "summary" in example else "") + "\n"
        yield f"```json\n{text}\n```\n"


def _scopes(operation: Json) -> str:
    return ", ".join(f"`{scope}`" for entry in operation["security"] for scope in entry.get("OAuth", ()))


def _schema(spec: Json, name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}", **spec["components"]["schemas"][name]}


def _one_line(text: str) -> str:
    return " ".join(text.split())
