"""
Faults in the generator and its templates.

The client is rendered again with the edited generator, so the layer that detects the fault has followed it from the
spec through generator and client to the wire.
"""

import importlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.faults.catalog.layers import CLIENT_BYTES, CLIENT_DECODING, CLIENT_OUTCOMES
from tests.faults.catalog.source_text import Row
from tests.faults.seeded_fault import Plant, SeededFault
from tests.faults.source_edits import PlantingError
from tests.faults.world import World

__all__ = ["GENERATOR_FAULTS"]

ROOT = Path(__file__).resolve().parents[4]
GENERATOR, CLIENT = "gemini_clearing_generator", "gemini_clearing"
TEMPLATES = ROOT / "generator" / GENERATOR / "templates"
# Name, layer, template, its text, replacement.
TEMPLATE_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "omits the first argument of each call",
        CLIENT_BYTES,
        "_macros.jinja",
        "{% for argument in operation.arguments %}\n            ",
        "{% for argument in operation.arguments[1:] %}\n            ",
    ),
    (
        "treats every argument as optional",
        CLIENT_BYTES,
        "_operations.py.jinja",
        "{%- if argument.required %}, required=True{% endif %}",
        "",
    ),
    (
        "treats every argument as required",
        CLIENT_BYTES,
        "_operations.py.jinja",
        "{%- if argument.required %}, required=True{% endif %}",
        ", required=True",
    ),
    (
        "omits which argument requires another",
        CLIENT_BYTES,
        "_operations.py.jinja",
        "{%- if argument.python_name in operation.needs %}",
        "{%- if false %}",
    ),
    (
        "sends arguments in CamelCase",
        CLIENT_BYTES,
        "_operations.py.jinja",
        "{%- if argument.name != argument.python_name %}, wire={{ argument.name | literal }}{% endif %}",
        ', wire="{{ argument.python_name.split("_") | map("capitalize") | join }}"',
    ),
    (
        "uses the operation's name as its path",
        CLIENT_BYTES,
        "_operations.py.jinja",
        "{{ operation.path | literal }}",
        '"/v1/clearing/{{ operation.name }}"',
    ),
    (
        "marks every operation as safe to repeat",
        CLIENT_BYTES,
        "_operations.py.jinja",
        "safe_to_repeat={{ operation.safe_to_repeat }}",
        "safe_to_repeat=True",
    ),
    (
        "writes enum values in lower case",
        CLIENT_DECODING,
        "_enums.py.jinja",
        "{{ value | literal }}",
        "{{ value | lower | literal }}",
    ),
    (
        "treats open enums as closed",
        CLIENT_DECODING,
        "_enums.py.jinja",
        '"OpenEnum" if enum.is_open else "ClosedEnum"',
        '"ClosedEnum"',
    ),
    (
        "treats closed enums as open",
        CLIENT_BYTES,
        "_enums.py.jinja",
        '"OpenEnum" if enum.is_open else "ClosedEnum"',
        '"OpenEnum"',
    ),
    (
        "treats every response field as required",
        CLIENT_DECODING,
        "_macros.jinja",
        '{{ "" if field.required else " | None" -}}',
        '{{ "" -}}',
    ),
    (
        "uses the Python name of a field on the wire",
        CLIENT_DECODING,
        "_macros.jinja",
        "{% if field.name != field.python_name %}",
        "{% if false %}",
    ),
    (
        "omits the scalar types of response fields",
        CLIENT_DECODING,
        "_macros.jinja",
        "{% if field.scalar and not field.scalar.implied %}",
        "{% if false %}",
    ),
    (
        "omits the values that mean success",
        CLIENT_DECODING,
        "_operations.py.jinja",
        "{% if operation.success %}",
        "{% if false %}",
    ),
    (
        "omits the fields that repeat the request",
        CLIENT_DECODING,
        "_operations.py.jinja",
        "{% if operation.echo %}",
        "{% if false %}",
    ),
    (
        "omits the texts that name the order",
        CLIENT_DECODING,
        "_operations.py.jinja",
        "{% if operation.echo_in_text %}",
        "{% if false %}",
    ),
    (
        "omits the reasons that prove nothing",
        CLIENT_DECODING,
        "_operations.py.jinja",
        "{% if inconclusive_reasons %}",
        "{% if false %}",
    ),
    (
        "omits how an unknown outcome is resolved",
        CLIENT_OUTCOMES,
        "_operations.py.jinja",
        "{% set resolve = operation.resolve %}",
        "{% set resolve = none %}",
    ),
    (
        "omits which desk a status refers to",
        CLIENT_OUTCOMES,
        "_operations.py.jinja",
        "{% if resolve.compare %}",
        "{% if false %}",
    ),
)
MODULE_ROWS: tuple[Row, ...] = (
    (
        "decodes money as a float",
        CLIENT_DECODING,
        '_scalar("DecimalText", schema, {"pattern": "pattern"}, "Decimal", "Money")',
        '_scalar("Number", {}, {}, "float", "float")',
    ),
    (
        "omits maxima",
        CLIENT_BYTES,
        '"Integer", schema, {"minimum": "minimum", "maximum": "maximum"}',
        '"Integer", {k: v for k, v in schema.items() if k != "maximum"}, {"minimum": "minimum"}',
    ),
    (
        "omits patterns",
        CLIENT_BYTES,
        'keywords = {"minLength": "min_length", "pattern": "pattern"}',
        'keywords = {"minLength": "min_length"}; schema = {k: v for k, v in schema.items() if k != "pattern"}',
    ),
    (
        "increases minima by one",
        CLIENT_BYTES,
        "{literal(schema[keyword])}",
        "{literal(schema[keyword] + 1 if keyword == 'minimum' else schema[keyword])}",
    ),
    (
        "exposes the signer's fields as arguments",
        CLIENT_BYTES,
        'if not transformed.spec.resolve(field)[1].get("x-injected")',
        'if name != "nonce"',
    ),
)


def edit_template(template: str, old: str, new: str) -> Plant:
    """Replace a piece of a template, and render the client again."""

    def plant(world: World) -> None:
        if old not in (TEMPLATES / template).read_text(encoding="utf-8"):
            raise PlantingError(f"{template} does not contain {old!r}. Update the fault to the renamed template text.")
        world.setup.append(lambda: world.edits.sources.update(render_client(template, old, new)))

    return plant


def edit_module(old: str, new: str) -> Plant:
    """Replace a piece of the generator's source, and render the client again."""

    def plant(world: World) -> None:
        world.edit(GENERATOR, old, new)
        world.setup.append(lambda: world.edits.sources.update(render_client()))

    return plant


def render_client(template: str = "", old: str = "", new: str = "") -> dict[str, str]:
    """Return the source of each of the client's modules, rendered with a replacement in a template if one is given."""
    render: Any = importlib.import_module(f"{GENERATOR}._render")
    load_spec = importlib.import_module(f"{GENERATOR}._spec").load_spec
    with tempfile.TemporaryDirectory() as name:
        templates, folder = Path(name) / "templates", Path(name) / CLIENT
        shutil.copytree(TEMPLATES, templates)
        folder.mkdir()
        if template:
            file = templates / template
            file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        render.TEMPLATES = templates
        render.render(load_spec(ROOT / "openapi" / "clearing.yaml"), folder)
        return {_module(file): file.read_text(encoding="utf-8") for file in folder.glob("*.py")}


def _module(file: Path) -> str:
    return CLIENT if file.stem == "__init__" else f"{CLIENT}.{file.stem}"


def _fault(name: str, layer: str, plant: Plant) -> SeededFault:
    return SeededFault(f"the generator {name}", "client", layer, plant)


GENERATOR_FAULTS = (
    *(_fault(name, layer, edit_template(template, old, new)) for name, layer, template, old, new in TEMPLATE_ROWS),
    *(_fault(name, layer, edit_module(old, new)) for name, layer, old, new in MODULE_ROWS),
)
