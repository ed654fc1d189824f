"""
What a run does: the layers, how much each of them tries, and what they are given to do it with.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..findings.redaction import Redactor
from ..oracle.keyword_coverage import KeywordCoverage
from ..spec import Spec, SpecOperation
from ..targets.target import Target, TargetError
from .ledger import Ledger
from .preflight import preflight
from .profiles import Profile
from .replay import command, shell_options
from .session import Session

__all__ = ["Context", "Layer", "LayerResult", "Run"]


@dataclass(frozen=True)
class Layer:
    """One way of looking: a module in `gemini_clearing_contract.layers` with a function `run(context)`."""

    name: str
    title: str
    # Which side it judges: a server, the generated client, or the embedded mock's other door.
    judges: frozenset[str]
    # Whether it is about orders; without leave to place them the others keep to operations that change nothing.
    places_orders: bool = False
    load: Callable[[], Callable[[Context], None]] = field(kw_only=True, repr=False)


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
            layer.load()(Context(self, layer, result))
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
    def operations(self) -> tuple[SpecOperation, ...]:
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
        if before is None and self.layer.judges != {"client"}:
            preflight(session)
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
