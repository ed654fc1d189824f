"""
The steps of a desk's program: calls, resolutions and pauses, each with a sync and an async form.

A program is a generator that yields commands. `drive` and `drive_async` execute them, so each program is written once.
"""

import asyncio
import json
import pickle
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Protocol

from gemini_clearing import AsyncGeminiClearing, GeminiClearing, MaybeExecutedError, RecoveredWrite
from gemini_clearing_runtime import _time
from tests.simulation.ledger import Call, current_call
from tests.simulation.scheduler import KilledError

__all__ = ["Command", "Invoke", "Pause", "Program", "Recover", "Resolve", "Tasks", "drive", "drive_async"]


class Command(Protocol):
    """One step of a program."""

    def perform(self, client: GeminiClearing) -> Any:
        """Execute it, blocking."""

    async def perform_async(self, client: AsyncGeminiClearing) -> Any:
        """Execute it in a task."""


Program = Generator[Command, Any, None]
Tasks = dict[str, "asyncio.Task[Any]"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait."""

    seconds: float

    def perform(self, client: GeminiClearing) -> None:
        """Block."""
        if self.seconds > 0:
            _time.sleep(self.seconds)

    async def perform_async(self, client: AsyncGeminiClearing) -> None:
        """Suspend."""
        await asyncio.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class Invoke:
    """Call a method of the client, attributed to a call in the ledger."""

    call: Call
    method: str
    arguments: dict[str, Any]

    def perform(self, client: GeminiClearing) -> Any:
        """Call it."""
        current_call.set(self.call)
        return getattr(client, self.method)(**self.arguments)

    async def perform_async(self, client: AsyncGeminiClearing) -> Any:
        """Call and await it."""
        current_call.set(self.call)
        return await getattr(client, self.method)(**self.arguments)


@dataclass(frozen=True, slots=True)
class Resolve:
    """
    Resolve a call whose outcome is unknown.

    `form` is how its error gets to the client: as the `error` that was raised, passed to the `client`, or after it was
    stored as a `pickle` or as `json`.
    """

    call: Call
    form: str

    def perform(self, client: GeminiClearing) -> Any:
        """Resolve the error."""
        current_call.set(self.call)
        error = self._error()
        return error.resolve() if self.form == "error" and error is self.call.error else client.resolve(error)

    async def perform_async(self, client: AsyncGeminiClearing) -> Any:
        """Resolve the error."""
        current_call.set(self.call)
        error = self._error()
        if self.form == "error" and error is self.call.error:
            return await error.resolve_async()
        return await client.resolve(error)

    def _error(self) -> MaybeExecutedError:
        error = self.call.doubt
        assert error is not None
        if self.form == "pickle":
            restored: MaybeExecutedError = pickle.loads(pickle.dumps(error))  # noqa: S301  (own bytes)
            return restored
        if self.form == "json":
            return MaybeExecutedError.from_dict(json.loads(json.dumps(error.to_dict())))
        return error


@dataclass(frozen=True, slots=True)
class Recover:
    """Resolve the writes that the journal of a killed process has left in doubt; return what was found out."""

    call: Call
    """The call whose fate decides that of the queries."""

    def perform(self, client: GeminiClearing) -> list[RecoveredWrite]:
        """Recover, blocking."""
        current_call.set(self.call)
        return client.recover()

    async def perform_async(self, client: AsyncGeminiClearing) -> list[RecoveredWrite]:
        """Recover in a task."""
        current_call.set(self.call)
        return await client.recover()


def drive(program: Program, client: GeminiClearing) -> None:
    """Execute a program in this thread."""
    try:
        command = next(program)
        while True:
            try:
                result = command.perform(client)
            except (KilledError, GeneratorExit):
                raise
            except BaseException as error:
                command = program.throw(error)
            else:
                command = program.send(result)
    except StopIteration:
        return


async def drive_async(program: Program, client: AsyncGeminiClearing, name: str, tasks: Tasks) -> None:
    """Execute a program in this task; each command runs as a separate task in `tasks`, which can be canceled."""
    try:
        command = next(program)
        while True:
            try:
                tasks[name] = asyncio.ensure_future(command.perform_async(client))
                result = await tasks[name]
            except (KilledError, GeneratorExit):
                raise
            except BaseException as error:
                command = program.throw(error)
            else:
                command = program.send(result)
    except StopIteration:
        return
