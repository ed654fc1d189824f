"""
The record of a nonce file: how it is written, and which nonce follows from it. Without I/O.

One line of text, padded to a fixed size, so that it is overwritten in one piece and never grows:

    gemini-clearing-nonces 1 {"key": "…", "mode": "incremental", "number": 7, "last": 1767…, …} 5c0f32aa

The number at the end is a CRC-32 of everything in front of it.
"""

import json
import zlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from ._nonces import TIME_WINDOW_S, lowest_after

__all__ = ["SIZE", "KeyMode", "NonceRecord", "RecordError", "advance", "latest_rates", "parse", "serialize"]

KeyMode = Literal["incremental", "time-based"]

SIZE = 512
_MAGIC, _VERSION = "gemini-clearing-nonces", 1
# Nonces are reserved on disk for ten seconds ahead, so that not every draw waits for the disk.
_RESERVED_US = 10_000_000
# So that the record keeps its size. Clients of one key have one rate limit, or a second one while it is changed.
_MOST_RATES = 3


class RecordError(Exception):
    """A record cannot be parsed or serialized; the message has the reason."""


@dataclass(frozen=True, slots=True)
class NonceRecord:
    """
    The state of a key.

    Fields:
        key: the fingerprint of the API key.
        mode: the mode of the key.
        number: the number of the last lease.
        last: the last nonce that was drawn, in microseconds for time-based keys.
        reserved: the highest nonce that may have been drawn, as it is known to be on disk.
        boot: the boot of the machine in which this was written. In the same boot `last` is exact; in a later one it
            may be lost, since it was in memory only, and `reserved` counts.
        lease_end_ns: when the lease ends, on the machine's monotonic clock; valid in the same boot.
        rates: when the whole burst of each rate limit is available again, in microseconds of the monotonic clock, by
            the limit's interval (`_rate_limit`); valid in the same boot.
    """

    key: str
    mode: str
    number: int = 0
    last: int = 0
    reserved: int = 0
    boot: str = ""
    lease_end_ns: int = 0
    rates: dict[str, int] = field(default_factory=dict)


def serialize(record: NonceRecord) -> bytes:
    """
    Return the text of a record, `SIZE` bytes.

    Raises:
        RecordError: it is too long, because a nonce has hundreds of digits.
    """
    text = f"{_MAGIC} {_VERSION} {json.dumps(asdict(record))} "
    line = f"{text}{zlib.crc32(text.encode()):08x}"
    if len(line) >= SIZE:
        raise RecordError("the nonce is too long to be stored. Use a smaller `after`")
    return line.ljust(SIZE - 1).encode() + b"\n"


def parse(data: bytes) -> NonceRecord:
    """
    Return the record in a file's bytes.

    Raises:
        RecordError: the bytes are damaged, are something else, or were written by a newer version.
    """
    text = data.decode("ascii", "replace").rstrip()
    magic, _, rest = text.partition(" ")
    version, _, _ = rest.partition(" ")
    if magic != _MAGIC:
        raise RecordError("it is not a nonce file, or damaged")
    if version.isdecimal() and int(version) > _VERSION:
        raise RecordError(f"its format {version} is newer than {_VERSION}, the newest that this version reads")
    body, _, checksum = text.rpartition(" ")
    if len(data) != SIZE or checksum != f"{zlib.crc32(f'{body} '.encode()):08x}":
        raise RecordError("it is damaged: the checksum is wrong")
    fields: dict[str, Any] = json.loads(body.split(" ", 2)[2])
    return NonceRecord(**fields)  # the checksum shows that `serialize` wrote them


def advance(record: NonceRecord, *, now_us: int, after: int, boot: str) -> NonceRecord:
    """
    Return the record with the next nonce in `last`.

    When `reserved` has changed, the record must be on disk before the nonce is used.

    Args:
        record: the state before.
        now_us: microseconds since the epoch.
        after: a nonce that the key has used, for incremental keys.
        boot: the current boot of the machine; empty when it is not known. Then every draw is reserved on its own.
    """
    if record.mode == "time-based":
        ahead_us = record.last - now_us
        tolerated = 0 <= ahead_us <= TIME_WINDOW_S * 1_000_000
        return replace(record, last=record.last + 1 if tolerated else now_us, boot=boot)
    last = record.last if record.boot == boot else max(record.last, record.reserved)
    nonce = max(now_us, lowest_after(after, now_us), last + 1)
    reserved = record.reserved
    if nonce > reserved:
        reserved = nonce + (_RESERVED_US if boot else 0)
    return replace(record, last=nonce, reserved=reserved, boot=boot)


def latest_rates(rates: dict[str, int], now_us: int) -> dict[str, int]:
    """Return the rate limits that are not idle: at most three, those with the longest waits."""
    used = sorted((name for name in rates if rates[name] > now_us), key=rates.__getitem__, reverse=True)
    return {name: rates[name] for name in used[:_MOST_RATES]}
