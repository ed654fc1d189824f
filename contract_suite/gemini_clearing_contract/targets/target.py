"""The interface of a target: it sends requests, and reads and advances the time. It does not check responses."""

from decimal import Decimal
from typing import NoReturn, Protocol, Self

from attrs import define

from ..errors import TargetError
from ..wire import AccessToken, Desk, MasterKey, WireRequest, WireResponse

__all__ = ["Target", "UntestedTarget"]


class Target(Protocol):
    """A server, or an exchange in this process."""

    name: str
    desks: tuple[Desk, ...]
    master_keys: tuple[MasterKey, ...]
    tokens: tuple[AccessToken, ...]
    # By how much the server's clock may differ from the suite's; 0 for an exchange whose clock the suite controls.
    tolerance_ms: int
    # How long an event may take to show in responses.
    slack_ms: int

    def send(self, request: WireRequest) -> WireResponse:
        """
        Send a request and return its response.

        Raises:
            TargetError: No response was received.
        """

    def now_ms(self) -> Decimal:
        """Return the target's time, as far as the suite can know it."""

    def wait_ms(self, duration_ms: int) -> None:
        """Let time pass on the target."""

    def fresh(self) -> Self:
        """Return the target for a new layer; an embedded exchange starts empty."""

    def close(self) -> None:
        """Release what the target holds."""


@define
class UntestedTarget:
    """The target of a run that cannot begin, for its reports."""

    name: str
    desks: tuple[Desk, ...] = ()
    master_keys: tuple[MasterKey, ...] = ()
    tokens: tuple[AccessToken, ...] = ()
    tolerance_ms: int = 0
    slack_ms: int = 0

    def send(self, request: WireRequest) -> NoReturn:
        """Raise `TargetError`, because the run cannot begin."""
        raise TargetError(f"{self.name} cannot be tested.")

    def now_ms(self) -> Decimal:
        """Return 0."""
        return Decimal(0)

    def wait_ms(self, duration_ms: int) -> None:
        """Do nothing."""

    def fresh(self) -> Self:
        """Return the same target."""
        return self

    def close(self) -> None:
        """Do nothing."""
