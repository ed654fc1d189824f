"""Seeded faults in what the client states: not sent, rejected, done, executed, and its reports."""

from tests.simulation.seeded_faults.client_fault import ClientFault

__all__ = ["DONE", "NOT_SENT", "REJECTED", "REPORTED", "RESOLVED", "SENT_AGAIN"]

NOT_SENT = (
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

REJECTED = (
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

DONE = (
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

SENT_AGAIN = (
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

RESOLVED = (
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

REPORTED = (
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
