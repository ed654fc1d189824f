"""A run and its layers: the settings, the layer that is running, and the results."""

import time
from collections.abc import Callable, Iterator

from attrs import define, field, frozen

from ..errors import SuiteError, TargetError
from ..findings.redaction import Redactor
from ..oracle.keyword_coverage import KeywordCoverage
from ..spec import Spec, SpecOperation
from ..targets.embedded import EmbeddedTarget
from ..targets.target import Target
from .ledger import Ledger
from .preflight import preflight
from .profiles import Profile
from .replay import command, shell_options
from .session import Session

__all__ = ["Context", "Layer", "LayerResult", "Run"]

CLIENT_ONLY = frozenset({"client"})
# After how many cases the progress is shown again.
PROGRESS_STEP = 20


class OutOfTimeError(TargetError):
    """The time limit of the run is exceeded."""


class EndOfLayer(BaseException):
    """The layer has its finding; like its siblings in `errors.py` not an `Exception`."""


@frozen
class Layer:
    """A group of tests."""

    name: str
    title: str
    # What it tests: "server", "client", or "transport" (the mock over a socket).
    tests: frozenset[str]
    # Whether every case of it creates orders; without permission the other layers send only safe operations.
    creates_orders: bool = False
    # Imports the layer's module, which may need tools that are slow to import.
    load: "Callable[[], Callable[[Context], None]]" = field(kw_only=True, repr=False)


@define
class LayerResult:
    """The result of one layer; a layer that was skipped or stopped has not passed."""

    layer: Layer
    seconds: float = 0.0
    cases: int = 0
    # Why no case was run.
    skipped: str | None = None
    # Why it ended early.
    stopped: str | None = None
    # Whether the suite itself failed, and not the target.
    is_suite_error: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether the layer does not run any more."""
        return bool(self.seconds or self.skipped)


@define
class Run:
    """The settings of a run, the results of its layers, and its findings."""

    spec: Spec
    target: Target
    profile: Profile
    seed: int
    deadline: float
    # The options of the command line that select target and spec, for the command that reproduces a finding.
    target_option: str = ""
    may_create_orders: bool = True
    # The case to run, or None for every case.
    only: str | None = None
    # What was done about the orders on a server that other people use.
    cleaned_up: str | None = None
    results: list[LayerResult] = field(factory=list)
    last_session: Session | None = None
    on_progress: Callable[[LayerResult], None] = lambda result: None
    ledger: Ledger = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ledger = Ledger(self.replay, KeywordCoverage.of(self.spec), Redactor(self._secrets()))

    def _secrets(self) -> Iterator[tuple[str, str]]:
        for desk in (*self.target.desks, *self.target.master_keys):
            yield desk.api_secret, f"secret of {desk.title}"
            yield desk.api_key, f"key of {desk.title}"
        for token in self.target.tokens:
            yield token.token, token.title

    def replay(self, layer: str, case: str) -> str:
        """Return the command that reproduces a finding."""
        which = shell_options({"--layers": layer, "--profile": self.profile.name, "--only": case})
        return command(which, f"--seed {self.seed}", self.target_option)

    def run_layer(self, layer: Layer) -> LayerResult:
        """Run one layer, and record why it ended early if it did."""
        result = LayerResult(layer)
        self.results.append(result)
        start = time.monotonic()
        try:
            layer.load()(Context(self, layer, result))
        except TargetError as error:
            result.stopped = str(error)
        except EndOfLayer:
            pass
        except SuiteError as error:
            result.stopped, result.is_suite_error = f"the suite failed: {error}", True
        except Exception as error:
            result.stopped, result.is_suite_error = f"the suite failed: {SuiteError.caused_by(error)}", True
        result.seconds = time.monotonic() - start
        self.on_progress(result)
        return result


@frozen
class Context:
    """The run as a layer gets it."""

    run: Run
    layer: Layer
    result: LayerResult

    @property
    def spec(self) -> Spec:
        """The spec to test by."""
        return self.run.spec

    @property
    def operations(self) -> tuple[SpecOperation, ...]:
        """The operations that may be sent: only the safe ones if no orders may be created."""
        every = self.run.spec.operations.values()
        return tuple(one for one in every if self.run.may_create_orders or one.is_safe)

    @property
    def profile(self) -> Profile:
        """The extent of the tests."""
        return self.run.profile

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.run.seed

    @property
    def ledger(self) -> Ledger:
        """The run's findings."""
        return self.run.ledger

    def session(self) -> Session:
        """Return a new session; with an embedded target, on a new exchange."""
        target = self.run.target.fresh()
        before = self.run.last_session if target is self.run.target else None
        session = Session(self.spec, target, self.ledger, self.layer.name, before)
        # The client is tested without the target.
        if before is None and self.layer.tests != CLIENT_ONLY:
            preflight(session, self.operations)
        self.run.last_session = session
        return session

    def variant(self, name: str) -> Session:
        """Return a session with a variant of the embedded exchange."""
        assert isinstance(self.run.target, EmbeddedTarget)
        return Session(self.spec, self.run.target.variant(name), self.ledger, self.layer.name)

    def selects(self, case: str) -> bool:
        """Whether the case is to be run."""
        return self.run.only in {None, case}

    def tick(self) -> None:
        """
        Count a case and show the progress.

        Raises:
            TargetError: The time limit is exceeded.
            EndOfLayer: The layer has a finding, and the profile needs no further one.
        """
        self.result.cases += 1
        if time.monotonic() > self.run.deadline:
            raise OutOfTimeError("The time limit of the run is exceeded. Set a longer one with --time-limit.")
        if self.profile.stop_at_first_finding and self.ledger.count(self.layer.name):
            raise EndOfLayer
        if self.result.cases % PROGRESS_STEP == 0:
            self.run.on_progress(self.result)

    def begins(self, session: Session, case: str) -> bool:
        """Start a case if it is selected."""
        if not self.selects(case):
            return False
        session.begin(case)
        self.tick()
        return True
