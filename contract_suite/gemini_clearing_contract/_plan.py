"""
What a run does: the layers, how much each of them tries, and what they are given to do it with.
"""

from __future__ import annotations

import importlib
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType

from ._replay import command, shell_options
from ._session import Ledger, Session
from ._spec import Operation, Spec
from .findings.finding import Redactor
from .judgement.keywords import KeywordCoverage
from .targets.survey import survey
from .targets.target import Target, TargetError

__all__ = ["LAYERS", "PROFILES", "Context", "Layer", "LayerResult", "Profile", "Run", "layer_named"]


@dataclass(frozen=True)
class Profile:
    """How much each random layer tries."""

    name: str
    fuzz_cases: int
    link_scenarios: int
    machine_scenarios: int
    machine_steps: int
    client_cases: int
    pairs_of_everything: bool
    # How many pairs of flaws stand for each pair of checks, where not every pair is tried.
    pairs: int = 6
    # Whether the embedded mock is also judged over a socket.
    other_door: bool = False
    shrink: bool = True
    # Whether a layer ends with its first finding: enough to know that it sees a fault.
    first_finding_ends: bool = False


PROFILES = {
    "recall": Profile("recall", 1, 1, 3, 25, 6, pairs_of_everything=False, shrink=False, first_finding_ends=True),
    "quick": Profile("quick", 5, 3, 6, 20, 6, pairs_of_everything=False),
    # For a server that takes a few requests a second: each thing once.
    "sandbox": Profile("sandbox", 2, 2, 1, 10, 6, pairs_of_everything=False, pairs=1),
    "full": Profile("full", 40, 25, 40, 40, 40, pairs_of_everything=True, other_door=True),
    "deep": Profile("deep", 1000, 500, 1000, 60, 1000, pairs_of_everything=True, other_door=True),
}


@dataclass(frozen=True)
class Layer:
    """One way of looking: a module in `gemini_clearing_contract.layers` with a function `run(context)`."""

    name: str
    title: str
    # Which side it judges: a server, the generated client, or the embedded mock's other door.
    judges: frozenset[str]
    # Whether it is about orders; without leave to place them the others keep to operations that change nothing.
    places_orders: bool = False

    @property
    def module(self) -> ModuleType:
        """The code, loaded when it is first wanted: some layers bring heavy tools with them."""
        return importlib.import_module(f"{__package__}.layers.{self.name}")


SERVER, CLIENT, DOOR = frozenset({"server"}), frozenset({"client"}), frozenset({"door"})
LAYERS = (
    Layer("examples", "the documented examples", SERVER),
    Layer("corpus", "the recorded corpus", SERVER),
    Layer("adversaries", "signers wrong by one thing", SERVER),
    Layer("precedence", "pairs of faults: the earlier one answers", SERVER),
    Layer("sequences", "orders through their whole life, several desks", SERVER, places_orders=True),
    Layer("traceless", "a refused request leaves no trace", SERVER, places_orders=True),
    Layer("coverage", "schemathesis: every keyword, satisfied and violated", SERVER),
    Layer("fuzzing", "schemathesis: random bodies", SERVER),
    Layer("links", "schemathesis: along the links of the spec", SERVER, places_orders=True),
    Layer("machine", "a model machine: random orders, several desks", SERVER, places_orders=True),
    Layer("over_http", "the embedded mock's other door: the same over a socket", DOOR),
    Layer("client_bytes", "what the client sends", CLIENT),
    Layer("client_decoding", "what the client makes of answers", CLIENT),
    Layer("client_outcomes", "what the client makes of a lost answer", CLIENT),
)


def layer_named(name: str) -> Layer:
    """A layer by its name; raises KeyError with the names that there are."""
    for layer in LAYERS:
        if layer.name == name:
            return layer
    raise KeyError(f"There is no layer {name!r}; there are {', '.join(layer.name for layer in LAYERS)}.")


class OutOfTime(TargetError):
    """The run's time limit is over."""


class EnoughSeen(BaseException):
    """The layer has its finding; nothing on the way out may take this for a failure of its own."""


@dataclass
class LayerResult:
    """How one layer went."""

    layer: Layer
    seconds: float = 0.0
    cases: int = 0
    # Why it broke off, and why it was not run at all, or no case of it: neither is the same as finding nothing.
    stopped: str | None = None
    left_out: str | None = None
    # Whether it was the suite that broke off, and not the target.
    stumbled: bool = False


@dataclass
class Run:
    """Everything about one run, from its settings to what it found."""

    spec: Spec
    target: Target
    profile: Profile
    seed: int
    deadline: float
    target_option: str = ""
    places_orders: bool = True
    # What became of the orders that were placed on a server that is not ours.
    cleaned_up: str | None = None
    only: str | None = None
    results: list[LayerResult] = field(default_factory=list)
    last_session: Session | None = None
    on_progress: Callable[[LayerResult], None] = lambda result: None

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.replay, KeywordCoverage.of(self.spec), redact=Redactor(self._secrets()))

    def _secrets(self) -> Iterator[tuple[str, str]]:
        for desk in self.target.desks:
            yield desk.api_secret, f"secret of {desk.name}"
            yield desk.api_key, f"key of {desk.name}"

    def replay(self, layer: str, only: str) -> str:
        """The command that shows a finding again."""
        which = shell_options({"--layers": layer, "--profile": self.profile.name, "--only": only})
        return command(which, f"--seed {self.seed}", self.target_option)

    def run_layer(self, layer: Layer) -> LayerResult:
        """Run one layer to its end, or to the end of the target."""
        result = LayerResult(layer)
        self.results.append(result)
        start = time.monotonic()
        try:
            layer.module.run(Context(self, layer, result))
        except TargetError as error:
            result.stopped = str(error)
        except EnoughSeen:
            pass
        except Exception as error:
            # An answer that the suite itself stumbles over must not cost the report, nor the layers that follow.
            result.stumbled = True
            where = traceback.extract_tb(error.__traceback__)[-1]
            result.stopped = (
                f"The layer {layer.name} failed: {type(error).__name__}: {error} ({where.name}, line {where.lineno})."
            )
        result.seconds = time.monotonic() - start
        self.on_progress(result)
        return result


@dataclass
class Context:
    """What a layer works with."""

    run: Run
    layer: Layer
    result: LayerResult

    @property
    def spec(self) -> Spec:
        """The spec to judge by."""
        return self.run.spec

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that may be sent: where no orders may be placed, those that change nothing."""
        every = self.run.spec.operations.values()
        return tuple(one for one in every if self.run.places_orders or one.raw["x-safe-to-repeat"])

    @property
    def profile(self) -> Profile:
        """How much to try."""
        return self.run.profile

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.run.seed

    @property
    def ledger(self) -> Ledger:
        """Where findings go."""
        return self.run.ledger

    def session(self) -> Session:
        """A new session; with an embedded target, on a new exchange."""
        target = self.run.target.fresh()
        before = self.run.last_session if target is self.run.target else None
        session = Session(self.spec, target, self.ledger, self.layer.name, before)
        # The client is judged without the target: what became of that is none of its business.
        if before is None and self.layer.judges != CLIENT:
            survey(session)
        self.run.last_session = session
        return session

    def wants(self, name: str) -> bool:
        """Whether this case is to be run: all are, unless one was asked for."""
        return self.run.only in {None, name}

    def tick(self) -> None:
        """Count a case, show progress, and stop when the time is over."""
        self.result.cases += 1
        if time.monotonic() > self.run.deadline:
            raise OutOfTime("The run's time limit is over; --time-limit sets a longer one.")
        if self.profile.first_finding_ends and any(key[0] == self.layer.name for key in self.ledger.findings):
            raise EnoughSeen
        if self.result.cases % 20 == 0:
            self.run.on_progress(self.result)

    def starts(self, session: Session, name: str) -> bool:
        """Start the case of this name, if it is wanted."""
        if not self.wants(name):
            return False
        session.begin(name)
        self.tick()
        return True
