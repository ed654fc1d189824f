"""
Evidence about one attempt, reported by the connection: whether a byte of the request was written.

Only this evidence proves *not sent*, never the class of an exception: a transport that retries or fails over can
deliver a request and then raise `httpx.ConnectTimeout`.
"""

import httpx

__all__ = ["EVIDENCE", "SendEvidence", "evidence_of", "report_sending"]

EVIDENCE = "gemini_clearing.evidence"
"""
Key of the evidence in `request.extensions`.

A transport that declares `reports_sending = True` calls `request.extensions["gemini_clearing.evidence"]()` before it
writes the first byte of the request. If it raises an exception without having called it, nothing was sent.
"""


class SendEvidence:
    """
    Evidence about one attempt. Every attempt has a new one.

    A report is final: it stays when the transport tries again.
    """

    __slots__ = ("_written",)

    def __init__(self) -> None:
        self._written = False

    def __call__(self) -> None:
        """Report that a byte of the request is about to be written."""
        self._written = True

    def __repr__(self) -> str:
        return f"<SendEvidence: {'nothing' if self.nothing_was_written else 'something'} was written>"

    @property
    def nothing_was_written(self) -> bool:
        """Whether it is proven that no byte of the request was written."""
        return not self._written


def evidence_of(request: httpx.Request) -> SendEvidence | None:
    """Return the evidence of a request; None for a request that this runtime did not make."""
    evidence = request.extensions.get(EVIDENCE)
    return evidence if isinstance(evidence, SendEvidence) else None


def report_sending(request: httpx.Request) -> None:
    """Report that a byte of this request is about to be written."""
    if (evidence := evidence_of(request)) is not None:
        evidence()
