"""Seeded faults in the order of a key's requests: pauses, the rate limit, nonces; and in its journal."""

from tests.simulation.seeded_faults.client_fault import ClientFault, in_auth

__all__ = ["BOUNDS", "JOURNALED", "NONCES", "RATE_LIMIT"]

BOUNDS = (
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

RATE_LIMIT = (
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
    in_auth(
        "a nonce file loses the slots that were taken",
        "sent too fast",
        "lease.limit.take(rates.get(name, 0), now_us)",
        "lease.limit.take(0, now_us)",
    ),
)

NONCES = (
    in_auth(
        "the lock of a key is not held while a request is sent",
        "in flight together",
        "            yield self._sign(request, endpoint, parameters, nonce=lease.draw(deadline))\n",
        "            signed = self._sign(request, endpoint, parameters, nonce=lease.draw(deadline))\n"
        "            lease.release()\n"
        "            self._lock.release(waiter)\n"
        "            yield signed\n",
    ),
    in_auth(
        "a nonce follows the clock when it is put back",
        "nonces out of order",
        "self._last = max(now_us, lowest_after(self._after, now_us), self._last + 1)",
        "self._last = now_us",
    ),
    in_auth(
        "a process does not read the last nonce of the others",
        "nonces out of order",
        "record = replace(record, last=max(record.last, self._last), rates=rates)",
        "record = replace(record, last=self._last, reserved=0, rates=rates)",
    ),
    in_auth(
        "two time-based nonces can be equal",
        "nonce used twice",
        "            self._last_us += 1\n",
        "            now_us -= now_us % 1_000_000\n",
    ),
)

JOURNALED = (
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
