"""The record of a nonce file: its text, and the nonce that follows from it."""

from dataclasses import replace

import pytest

from gemini_clearing_auth._nonce_record import SIZE, NonceRecord, RecordError, advance, parse, serialize

RECORD = NonceRecord(key="0123456789abcdef", mode="incremental", number=7, last=1_700_000_000_000_000, boot="b1")
NOW_US = 1_800_000_000_000_000
HOUR_US = 3_600_000_000


def advanced(record: NonceRecord, *, now_us: int = NOW_US, after: int = 0, boot: str = "b1") -> NonceRecord:
    """Return the record with the next nonce."""
    return advance(record, now_us=now_us, after=after, boot=boot)


@pytest.mark.parametrize("last", [0, 2**53, 10**60])
def test_record_is_parsed_as_it_was_serialized(last: int) -> None:
    """A record has a fixed size, and every field survives."""
    record = replace(RECORD, last=last)

    assert len(serialize(record)) == SIZE
    assert parse(serialize(record)) == record


def test_record_that_is_too_long_is_rejected() -> None:
    """A nonce that does not fit into the record is reported."""
    with pytest.raises(RecordError, match="smaller `after`"):
        serialize(replace(RECORD, last=10**500))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"something else", "not a nonce file"),
        (b"\0" * SIZE, "not a nonce file"),
        (b"gemini-clearing-nonces", "damaged"),
        (b"gemini-clearing-nonces 1", "damaged"),
        (b"gemini-clearing-nonces one {}", "damaged"),
        (serialize(RECORD)[:-1], "damaged"),
        (serialize(RECORD) + b"x", "damaged"),
        (serialize(RECORD).replace(b"17", b"18", 1), "damaged"),
        (b"gemini-clearing-nonces 2 whatever that is", "its format 2 is newer than 1"),
    ],
)
def test_record_that_cannot_be_used_is_rejected(data: bytes, problem: str) -> None:
    """Damaged, foreign and newer data have different messages."""
    with pytest.raises(RecordError, match=problem):
        parse(data)


def test_every_changed_byte_is_detected() -> None:
    """A record with one changed character is never used."""
    data = serialize(RECORD)
    for at in range(len(data.rstrip())):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(RecordError):
            parse(changed)


def test_nonce_is_the_clock() -> None:
    """A nonce is the time of the draw in microseconds."""
    assert advanced(RECORD).last == NOW_US


def test_nonce_increases_when_the_clock_is_put_back() -> None:
    """A clock that is put back an hour adds one to the last nonce."""
    record = replace(RECORD, last=NOW_US, reserved=NOW_US + HOUR_US)

    assert advanced(record, now_us=NOW_US - HOUR_US).last == NOW_US + 1


def test_nonce_starts_above_after() -> None:
    """A nonce is above `after`, also when it is above the clock."""
    assert advanced(RECORD, after=10**18).last > 10**18


def test_nonces_are_reserved_ahead() -> None:
    """The reservation is renewed when a nonce reaches it, not at each draw."""
    first = advanced(RECORD)
    second = advanced(first, now_us=NOW_US + 9_000_000)
    third = advanced(second, now_us=NOW_US + 11_000_000)

    assert first.reserved == second.reserved == NOW_US + 10_000_000
    assert third.reserved == NOW_US + 21_000_000


def test_nonce_after_a_power_loss_is_above_the_reservation() -> None:
    """In a later boot, nonces start above all that may have been drawn in the earlier one."""
    earlier = advanced(RECORD)

    assert advanced(earlier, now_us=NOW_US - HOUR_US, boot="b2").last == earlier.reserved + 1


def test_every_nonce_is_reserved_when_the_boot_is_unknown() -> None:
    """Without a boot id, `last` counts in every boot, and so each draw is reserved."""
    first = advanced(RECORD, boot="")
    second = advanced(first, boot="")

    assert (first.reserved, second.reserved) == (first.last, second.last)
    assert second.last == first.last + 1


def test_time_based_nonces_follow_the_clock() -> None:
    """A time-based nonce keeps the order within 30 s, and follows a clock that was put back further."""
    record = replace(RECORD, mode="time-based", last=NOW_US)

    assert advanced(record, now_us=NOW_US - 30_000_000).last == NOW_US + 1
    assert advanced(record, now_us=NOW_US - 30_000_001).last == NOW_US - 30_000_001
    assert advanced(record, now_us=NOW_US + 5).last == NOW_US + 5
