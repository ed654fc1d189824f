"""
Helpers for the generator's tests: a small spec with one of everything, and functions to change and render it.

`SMALL` is text, so that a test can name the line of an error.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from gemini_clearing_generator.__main__ import main

__all__ = ["ROOT", "SMALL", "Rendered", "generate", "line_of", "replaced"]

ROOT = Path(__file__).parents[3]

SMALL = """\
openapi: 3.1.0
info: {title: Small Exchange, version: 1.0.0}
servers:
  - {url: 'https://exchange.test', x-environment: production}
  - {url: 'https://sandbox.exchange.test', x-environment: sandbox}
x-error-format: {reason: [reason, error.reason], message: [message]}
x-inconclusive-reasons: [TooOften]
paths:
  /v1/place:
    post:
      operationId: place
      summary: Place something.
      description: It waits.
      x-roles: [Trader]
      x-safe-to-repeat: false
      x-resolve:
        query: list_them
        window: [begin, end]
        match: {amount: quantity}
        id: {id: itemId}
        submitted: at
      x-success: {status: [Open]}
      x-echo: {direction: direction, amount: {in: details}}
      x-refusals: [{reason: TooMuch, status: 400, when: it is too much}]
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/PlaceRequest'}}}
      responses:
        '200':
          description: It was placed.
          content:
            application/json:
              schema:
                oneOf:
                  - {$ref: '#/components/schemas/Placed'}
                  - {$ref: '#/components/schemas/ErrorResponse'}
  /v1/list:
    post:
      operationId: list_them
      summary: List everything.
      x-roles: [Trader, Auditor]
      x-safe-to-repeat: true
      x-refusals: []
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/ListRequest'}}}
      responses:
        '200':
          description: The list.
          content: {application/json: {schema: {$ref: '#/components/schemas/ItemList'}}}
components:
  schemas:
    Amount: {type: string, format: decimal, pattern: '^[0-9.]+$', description: The amount.}
    Moment: {type: [integer, string], format: timestamp, minimum: 0, pattern: '^[0-9]+$'}
    Direction: {type: string, enum: [buy, sell], description: A side.}
    Reason: {type: string, x-extensible-enum: [TooMuch, TooOften]}
    Status: {type: string, x-extensible-enum: [Open, Not Found], description: The status.}
    PlaceRequest:
      type: object
      required: [request, nonce, amount]
      properties:
        request: {type: string, x-injected: true}
        nonce: {type: number, x-injected: true}
        amount: {$ref: '#/components/schemas/Amount'}
        direction: {$ref: '#/components/schemas/Direction', description: The side of it.}
        hours: {type: number, exclusiveMinimum: 0}
    ListRequest:
      type: object
      required: [request, nonce]
      dependentRequired: {begin: [end], end: [begin]}
      properties:
        request: {type: string, x-injected: true}
        nonce: {type: number, x-injected: true}
        begin: {$ref: '#/components/schemas/Moment'}
        end: {$ref: '#/components/schemas/Moment'}
        limit: {type: integer, minimum: 1, maximum: 300, default: 100}
        open: {type: boolean}
    Placed:
      type: object
      required: [id]
      properties:
        id: {type: string, minLength: 1}
        status: {$ref: '#/components/schemas/Status'}
        direction: {$ref: '#/components/schemas/Direction'}
        details: {type: string}
    Item:
      type: object
      required: [itemId, quantity]
      properties:
        itemId: {type: string}
        quantity: {type: number, format: decimal}
        at: {$ref: '#/components/schemas/Moment'}
    ItemList:
      type: object
      description: All items.
      required: [items]
      properties:
        items: {type: array, items: {$ref: '#/components/schemas/Item'}}
    ErrorResponse:
      type: object
      x-refusal: true
      properties:
        result: {type: string, const: error}
        reason: {$ref: '#/components/schemas/Reason'}
"""


class Rendered:
    """A package rendered from a spec, in its own folder."""

    def __init__(self, folder: Path, spec: str) -> None:
        self.spec = folder / "clearing.yaml"
        self.package = folder / "gemini_clearing"
        self.spec.write_text(spec, "utf-8")
        self.code = self.run()

    def run(self, *options: str) -> int:
        """Run the command on this spec and this package."""
        return generate(self.spec, self.package, *options)

    def files(self) -> dict[str, bytes]:
        """Return the files of the package."""
        return {path.name: path.read_bytes() for path in sorted(self.package.iterdir()) if path.is_file()}

    def execute(self, code: str) -> Any:
        """Run code in a new process, with this package instead of the real one; return what it prints as JSON."""
        environment = {**os.environ, "PYTHONPATH": str(self.package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def generate(spec: Path, package: Path, *options: str) -> int:
    """Run the generator's command in this process."""
    return main(["--spec", str(spec), "--output", str(package), *options])


def replaced(text: str, old: str, new: str) -> str:
    """Replace a piece of a text. It must occur once."""
    assert text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new)


def line_of(text: str, part: str, nth: int = 1) -> int:
    """Return the number of the first (or nth) line that contains a part."""
    return [number for number, line in enumerate(text.splitlines(), 1) if part in line][nth - 1]
