"""The exit code of each error of the client."""

from gemini_clearing import (
    ArgumentError,
    ClearingError,
    ContractViolatedError,
    CredentialsError,
    InvalidRowsError,
    NotSentError,
    RejectedError,
    UnsignableRequestError,
)

from ._exit_codes import ExitCode

__all__ = ["exit_code_of"]


def exit_code_of(error: ClearingError) -> ExitCode:
    """Return the exit code of an error."""
    if isinstance(error, ArgumentError | CredentialsError | UnsignableRequestError):
        return ExitCode.USAGE
    if isinstance(error, NotSentError):
        return ExitCode.NOT_EXECUTED
    if isinstance(error, RejectedError):
        return ExitCode.REJECTED
    return ExitCode.CONTRACT if isinstance(error, ContractViolatedError | InvalidRowsError) else ExitCode.UNKNOWN
