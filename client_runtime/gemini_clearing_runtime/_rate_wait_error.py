"""The error of a call that has no time left to wait for its own rate limit; `errors` offers it."""

from gemini_clearing_auth.errors import DeadlineError

__all__ = ["RateWaitError"]


class RateWaitError(DeadlineError):
    """
    The client's own rate limit demands a longer wait than the call has time left. No attempt was started.

    An error response of the exchange about its limit is a `RateLimitError`.
    """

    wait_s: float
    """The seconds that the call would have had to wait."""

    def __init__(self, problem: str, wait_s: float) -> None:
        super().__init__(problem, wait_s)
        self.wait_s = wait_s

    def __str__(self) -> str:
        return str(self.args[0])
