"""
Faults in the generator and its templates: the client is rendered anew by what was edited, and judged as it then is.

Each is planted at its source, so what catches it has followed it from the spec through generator and client to the wire.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults._fault import Fault, PlantingError, World

__all__ = ["GENERATOR_FAULTS"]

GENERATOR, CLIENT = "gemini_clearing_generator", "gemini_clearing"
TEMPLATES = Path("generator") / GENERATOR / "templates"
BYTES, DECODING, OUTCOMES = "client_bytes", "client_decoding", "client_outcomes"
# A name ending in `.jinja` is a template's; any other piece of source is looked for in the generator's modules.
ENTRIES: tuple[tuple[str, str, str, str, str], ...] = (
    ("leaves each call's first argument out", BYTES, "_macros.jinja", "{% for argument in operation.arguments %}\n            ", "{% for argument in operation.arguments[1:] %}\n            "),
    ("takes every argument for optional", BYTES, "_operations.py.jinja", "{%- if argument.required %}, required=True{% endif %}", ""),
    ("takes every argument for required", BYTES, "_operations.py.jinja", "{%- if argument.required %}, required=True{% endif %}", ", required=True"),
    ("leaves out which argument needs which", BYTES, "_operations.py.jinja", '{%- if operation.needs[argument.python_name] %}', "{%- if false %}"),
    ("puts arguments on the wire in CamelCase", BYTES, "_operations.py.jinja", "{%- if argument.name != argument.python_name %}, wire={{ argument.name | literal }}{% endif %}", ', wire="{{ argument.python_name.split("_") | map("capitalize") | join }}"'),
    ("takes the operation's name for its path", BYTES, "_operations.py.jinja", "{{ operation.endpoint.path | literal }}", '"/v1/clearing/{{ operation.name }}"'),
    ("takes every call for safe to repeat", BYTES, "_operations.py.jinja", 'safe_to_repeat={{ operation.spec["x-safe-to-repeat"] }}', "safe_to_repeat=True"),
    ("writes words in lower case", DECODING, "_enums.py.jinja", "{{ word | literal }}", "{{ word | lower | literal }}"),
    ("closes the open vocabularies", DECODING, "_enums.py.jinja", '"OpenEnum" if enum.is_open else "ClosedEnum"', '"ClosedEnum"'),
    ("opens the closed vocabularies", BYTES, "_enums.py.jinja", '"OpenEnum" if enum.is_open else "ClosedEnum"', '"OpenEnum"'),
    ("takes every answered field for required", DECODING, "_macros.jinja", '{% elif not property.required %} = None{% endif -%}', "{% endif -%}"),
    ("takes the Python name for the wire's", DECODING, "_macros.jinja", "{% if property.name != property.python_name %}", "{% if false %}"),
    ("leaves the kinds of answered fields out", DECODING, "_macros.jinja", "{% if property.expression and not property.scalar.implied %}", "{% if false %}"),
    ("takes money for a float", DECODING, "", '_scalar("DecimalText", schema, {"pattern": "pattern"}, "Decimal", "Money")', '_scalar("Number", {}, {}, "float", "float")'),
    ("keeps quiet of maxima", BYTES, "", '"Integer", schema, {"minimum": "minimum", "maximum": "maximum"}', '"Integer", {k: v for k, v in schema.items() if k != "maximum"}, {"minimum": "minimum"}'),
    ("keeps quiet of patterns", BYTES, "", 'keywords = {"minLength": "min_length", "pattern": "pattern"}', 'keywords = {"minLength": "min_length"}; schema = {k: v for k, v in schema.items() if k != "pattern"}'),
    ("shifts minima by one", BYTES, "", "{literal(schema[keyword])}", "{literal(schema[keyword] + 1 if keyword == 'minimum' else schema[keyword])}"),
    ("hands the signer's fields to the caller", BYTES, "", 'if not transformed.spec.resolve(field)[1].get("x-injected")', 'if name != "nonce"'),
    ("leaves out how a lost answer is resolved", OUTCOMES, "_operations.py.jinja", '{% set resolve = operation.spec["x-resolve"] %}', "{% set resolve = none %}"),
    ("leaves out which desk a status speaks of", OUTCOMES, "_operations.py.jinja", "{% if resolve.confirmed_by %}", "{% if false %}"),
)  # fmt: skip


def rendered_with(template: str, old: str, new: str) -> Callable[[World], None]:
    """Edit a template, or a module of the generator where no template is named, and render the client anew."""

    def plant(world: World) -> None:
        if template and old not in (TEMPLATES / template).read_text(encoding="utf-8"):
            raise PlantingError(f"{template} has no {old!r} to put a fault in.")
        if not template:
            world.edit(GENERATOR, old, new)
        world.first.append(lambda: world.sources.update(_render(template, old, new)))

    return plant


def _render(template: str, old: str, new: str) -> dict[str, str]:
    """The client's modules as the generator now writes them."""
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
        render.render(load_spec(Path("openapi/clearing.yaml")), folder)
        return {_module(file): file.read_text(encoding="utf-8") for file in folder.glob("*.py")}


def _module(file: Path) -> str:
    return CLIENT if file.stem == "__init__" else f"{CLIENT}.{file.stem}"


GENERATOR_FAULTS = tuple(
    Fault(f"the generator {name}", "client", meant, rendered_with(template, old, new))
    for name, meant, template, old, new in ENTRIES
)
