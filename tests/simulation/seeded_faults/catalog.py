"""
The seeded faults: pieces of the client's source, what replaces them, and the rule of `checks` that is violated then.
"""

from dataclasses import dataclass

__all__ = ["CATALOG", "ClientFault"]

_RUNTIME = "gemini_clearing_runtime"
_AUTH = "gemini_clearing_auth"


@dataclass(frozen=True, slots=True)
class ClientFault:
    """One deliberate error of the client."""

    name: str
    rule: str
    """The rule under which the simulation must report it."""
    old: str
    new: str
    package: str = _RUNTIME


def _in_auth(name: str, rule: str, old: str, new: str) -> ClientFault:
    return ClientFault(name, rule, old, new, _AUTH)


_NOT_SENT = (
    ClientFault(
        "a connection error proves that nothing was sent",
        "falsely not sent",
        "elif attempt.may_have_been_sent():",
        'elif attempt.may_have_been_sent() and "Connect" not in type(exc).__name__:',
    ),
    ClientFault(
        "every error of the transport proves that nothing was sent",
        "falsely not sent",
        "return SIGNED_EXTENSION in self.request.extensions and not self.evidence.nothing_was_written",
        "return False",
    ),
    ClientFault(
        "a transport that reports nothing has sent nothing",
        "falsely not sent",
        "report_sending(request)  # from here on it may be sent, and no report will follow",
        "pass",
    ),
    ClientFault(
        "an unsent attempt hides an earlier, sent attempt",
        "falsely not sent",
        "if isinstance(error, NotSentError) and isinstance(failure, RejectedError):",
        "if False:",
    ),
    ClientFault(
        "the connection reports the sending after the last byte instead of before the first",
        "falsely not sent",
        "            report_sending(request)\n            await self._stream.send(data, deadline)",
        "            await self._stream.send(data, deadline)\n            report_sending(request)",
    ),
)

_REJECTED = (
    ClientFault(
        "every 4xx is a rejection",
        "rejected without evidence",
        "    if error is None or raw.status in _UNTRUSTED_4XX:\n",
        "    if error is None and raw.status < 500:\n"
        '        error = RejectedError(operation=operation.name, reason=None, message="", raw=raw)\n'
        "    if error is None:\n",
    ),
    ClientFault(
        "InvalidNonce proves that an order was not executed",
        "falsely rejected",
        "    if _is_of_the_moment(error, attempt.operation):\n        return True\n",
        "",
    ),
    ClientFault(
        "without an order of nonces, a rejected confirmation was not executed",
        "falsely rejected",
        "return attempt.context.nonce_window_s != 0 and is_caused_by_a_first",
        "return False",
    ),
    ClientFault(
        "an order that is not found cannot be canceled by a later copy either",
        "falsely rejected",
        "return isinstance(operation.resolve, ResolveByStatus) and _may_pass(error, operation)",
        "return False",
    ),
    ClientFault(
        "a rejection need not name the order",
        "rejected without evidence",
        "return _wrong_echo_in_text(operation, sent, error.body) or rejection",
        "return rejection",
    ),
    ClientFault(
        "an ambiguous outcome confirms a rejection",
        "falsely rejected",
        "if resolution.outcome is Outcome.NOT_EXECUTED:\n        return rejected",
        "if resolution.outcome is not Outcome.EXECUTED:\n        return rejected",
    ),
    ClientFault(
        "an executed order does not revoke its rejection",
        "falsely rejected",
        "if resolution.outcome is Outcome.NOT_EXECUTED:\n        return rejected",
        "if resolution.outcome is not Outcome.AMBIGUOUS:\n        return rejected",
    ),
)

_DONE = (
    ClientFault(
        "every value of result is a success",
        "falsely done",
        "if value not in operation.success[field]:",
        "if False:",
    ),
    ClientFault(
        "the fields that repeat the request are not compared",
        "falsely done",
        "if argument in sent and received is not None and not is_same(sent[argument], received):",
        "if False:",
    ),
    ClientFault(
        "the sentence that names the order is not compared",
        "falsely done",
        "if not _is_named(sent.get(argument), getattr(result, field)):",
        "if False:",
    ),
    ClientFault(
        "a connection with unread bytes is used again",
        "dirty connection used",
        "http.their_state is not h11.DONE or http.trailing_data[0]:",
        "http.their_state is not h11.DONE:",
    ),
)

_SENT_AGAIN = (
    ClientFault(
        "a write without a response is sent again",
        "sent again without a query",
        "    if not operation.safe_to_repeat:\n        return False\n    return isinstance(error, OutcomeUnknownError",
        "    return isinstance(error, OutcomeUnknownError",
    ),
    ClientFault(
        "a rejection for the nonce is retried without a query",
        "sent again without a query",
        "if isinstance(end, RejectedError) and _is_inconclusive(end, attempt):",
        "if False:",
    ),
)

_RESOLVED = (
    ClientFault(
        "one empty list proves that an order was not executed",
        "falsely not executed",
        "        if asked_s >= end_s or end_s == first_answer_s:\n",
        "        if True:\n",
    ),
    ClientFault(
        "an order is searched by this machine's clock",
        "falsely not executed",
        "sent = clock.earliest(doubt.moment) if doubt.moment else doubt.exchange_time",
        "sent = doubt.sent_at",
    ),
    ClientFault(
        "the search ends at this machine's time",
        "falsely not executed",
        "end = clock.latest(now) or _time.utc_now() + _MAX_CLOCK_ERROR",
        "end = _time.utc_now()",
    ),
    ClientFault(
        "the exchange's time is taken from a proxy's page",
        "falsely not executed",
        "        case UntrustedResponse(problem, drift):\n",
        "        case UntrustedResponse(problem, drift):\n"
        "            attempt.context.clock.observe(raw.headers, sent_s, received_s)\n",
    ),
    ClientFault(
        "rows that cannot be read are ignored",
        "falsely not executed",
        "if any(may_match(rule, doubt.sent, row) for row in listed.unreadable):",
        "if False:",
    ),
    ClientFault(
        "a time-based nonce counts as rejected before its time is over",
        "falsely not executed",
        "        return max(0.0, accepted_until_s - now_earliest.timestamp())\n    return context.nonce_window_s\n",
        "        return 0.0\n    return 0.0\n",
    ),
    ClientFault(
        "with a token, a late request is never expected",
        "falsely not executed",
        "    if fenced or (context.nonce_window_s == 0 and doubt.key == context.key):\n",
        "    if fenced or context.nonce_window_s is None or doubt.key == context.key:\n",
    ),
    ClientFault(
        "the order of another write of this client counts as the one in doubt",
        "falsely executed",
        "and not writes.belongs_to_another(",
        "and not (lambda *_: False)(",
    ),
    ClientFault(
        "an order with other terms counts as the one in doubt",
        "falsely executed",
        "    return all(value is None or is_same(wanted, value) for wanted, value in pairs)",
        "    return any(value is None or is_same(wanted, value) for wanted, value in pairs)",
    ),
    ClientFault(
        "every status is final",
        "falsely not executed",
        "is_final = getattr(order, rule.status) in rule.final",
        "is_final = True",
    ),
    ClientFault(
        "an unknown status proves that it was not executed",
        "falsely not executed",
        "not in (*rule.executed_if_equal, *rule.executed_if_different):\n        return Outcome.AMBIGUOUS",
        "not in (*rule.executed_if_equal, *rule.executed_if_different):\n        return Outcome.NOT_EXECUTED",
    ),
)

_REPORTED = (
    ClientFault(
        "an exception of a signal handler counts as the transport's",
        "interruption swallowed",
        "if not isinstance(exc, Exception) or is_interruption(exc):",
        "if not isinstance(exc, Exception):",
    ),
    ClientFault(
        "Ctrl-C becomes an unknown outcome",
        "interruption swallowed",
        "if not isinstance(exc, Exception) or is_interruption(exc):",
        "if is_interruption(exc) and not isinstance(exc, KeyboardInterrupt):",
    ),
    ClientFault(
        "an interrupted write is not reported",
        "not reported",
        "            yield from report_interruption(exc, attempt)\n",
        "",
    ),
    ClientFault(
        "an unknown outcome is not logged",
        "not reported",
        '        _log.warning("%s", log_text(error))\n',
        "",
    ),
    ClientFault(
        "an unknown outcome is not passed to the hook",
        "not reported",
        "        return notify(self.on_unknown, error)\n",
        "        return iter(())\n",
    ),
)

_BOUNDS = (
    ClientFault(
        "the time left is measured once per phase, from the whole timeout",
        "overdue",
        "left_s = max(end_s - _time.monotonic(), _MIN_TIMEOUT_S)",
        "left_s = 60.0",
    ),
    ClientFault(
        "a call waits for the end of a pause that is beyond its deadline",
        "overdue",
        "return pause_s if pause_s < attempt.left_s() else None",
        "return pause_s",
    ),
    ClientFault(
        "a paused key is used",
        "sent in a pause",
        "        if self._until and (left_s := self.left_s()):\n            raise KeyPausedError(left_s)\n",
        "",
    ),
    ClientFault(
        "a later response ends the pause of a key",
        "sent in a pause",
        "            self._in_a_row = 0\n            return\n",
        "            self._in_a_row = 0\n            self._until = 0.0\n            return\n",
    ),
)

_RATE_LIMIT = (
    ClientFault(
        "a request takes no slot of the rate limit",
        "sent too fast",
        "self._full_ns = full_ns + self._interval_ns",
        "self._full_ns = full_ns",
    ),
    ClientFault(
        "the wait for a slot of the rate limit is skipped",
        "sent too fast",
        "yield Wait(wait_s, is_for_rate_limit=True)",
        "yield Wait(0.0, is_for_rate_limit=True)",
    ),
    ClientFault(
        "processes with one nonce file do not share the rate limit",
        "sent too fast",
        "self.extension = {RATE_EXTENSION: RateLimit(interval_us, (burst - 1) * interval_us)}",
        "self.extension = {}",
    ),
    _in_auth(
        "a nonce file loses the slots that were taken",
        "sent too fast",
        "lease.limit.take(rates.get(name, 0), now_us)",
        "lease.limit.take(0, now_us)",
    ),
)

_NONCES = (
    _in_auth(
        "the lock of a key is not held while a request is sent",
        "in flight together",
        "            yield self._sign(request, endpoint, parameters, nonce=lease.draw(deadline))\n",
        "            signed = self._sign(request, endpoint, parameters, nonce=lease.draw(deadline))\n"
        "            lease.release()\n"
        "            self._lock.release(waiter)\n"
        "            yield signed\n",
    ),
    _in_auth(
        "a nonce follows the clock when it is put back",
        "nonces out of order",
        "self._last = max(now_us, lowest_after(self._after, now_us), self._last + 1)",
        "self._last = now_us",
    ),
    _in_auth(
        "a process does not read the last nonce of the others",
        "nonces out of order",
        "record = replace(record, last=max(record.last, self._last), rates=rates)",
        "record = replace(record, last=self._last, reserved=0, rates=rates)",
    ),
    _in_auth(
        "two time-based nonces can be equal",
        "nonce used twice",
        "            self._last_us += 1\n",
        "            now_us -= now_us % 1_000_000\n",
    ),
)

_JOURNALED = (
    ClientFault(
        "a write is sent without its record",
        "not in the journal",
        "        if (record := record_of(request)) is not None:\n            record.begin(request)\n",
        "",
    ),
    ClientFault(
        "an unknown outcome is recorded as executed",
        "falsely in the journal",
        "self._submit_end(WriteEnd.UNKNOWN, reason=journal_text(end), exchange_time=end.exchange_time, **found)",
        "self._submit_end(WriteEnd.EXECUTED, reason=journal_text(end))",
    ),
    ClientFault(
        "an unknown outcome is recorded as not sent",
        "falsely in the journal",
        "self._submit_end(WriteEnd.UNKNOWN, reason=journal_text(end), exchange_time=end.exchange_time, **found)",
        "self._submit_end(WriteEnd.NOT_SENT, reason=journal_text(end))",
    ),
    ClientFault(
        "an interrupted write is recorded as not sent",
        "falsely in the journal",
        "self._submit_end(WriteEnd.UNKNOWN if may_have_been_sent else WriteEnd.NOT_SENT,",
        "self._submit_end(WriteEnd.NOT_SENT,",
    ),
)

CATALOG = (
    *_NOT_SENT,
    *_REJECTED,
    *_DONE,
    *_SENT_AGAIN,
    *_RESOLVED,
    *_REPORTED,
    *_BOUNDS,
    *_RATE_LIMIT,
    *_NONCES,
    *_JOURNALED,
)
