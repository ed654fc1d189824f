"""
The pause of an API key after a 429: no call with the key is sent until it ends.

The exchange counts requests per key, so the pause holds for all threads, tasks and clients that use the key.
"""

from . import _time

__all__ = ["KeyPause", "KeyPausedError", "pause_of"]

# Used without `Retry-After`. The exchange allows 600 requests a minute, which is ten a second.
_FIRST_S = 1.0
_LONGEST_S = 30.0
_MOST_REMEMBERED = 1000


class KeyPausedError(Exception):
    """The request was not sent, because its key is paused for another `left_s` seconds."""

    def __init__(self, left_s: float) -> None:
        super().__init__(f"the API key is paused for {left_s:.2f} s after a 429")
        self.left_s = left_s


class KeyPause:
    """
    The time until which a key is paused.

    It has no lock, as it must work in forked processes. Two simultaneous 429 can lose only one of two similar pauses.
    """

    __slots__ = ("_in_a_row", "_until")

    def __init__(self) -> None:
        self._until = 0.0
        self._in_a_row = 0

    def left_s(self) -> float:
        """Return the seconds until the pause ends; 0 if the key is not paused."""
        return max(0.0, self._until - _time.monotonic())

    def check(self) -> None:
        """
        Return unless the key is paused.

        Raises:
            KeyPausedError: the key is paused.
        """
        if self._until and (left_s := self.left_s()):
            raise KeyPausedError(left_s)

    def record(self, status: int, retry_after_s: float | None) -> None:
        """
        Start a pause if the response is a 429.

        Args:
            status: the HTTP status.
            retry_after_s: the pause that the response demands; None for a default, which doubles with each 429.
        """
        if status != 429:
            self._in_a_row = 0
            return
        pause_s = min(_FIRST_S * 2.0 ** min(self._in_a_row, 10), _LONGEST_S) if retry_after_s is None else retry_after_s
        self._in_a_row += 1
        self._until = max(self._until, _time.monotonic() + pause_s)


_pauses: dict[tuple[str, str], KeyPause] = {}


def pause_of(origin: str, key_fingerprint: str) -> KeyPause:
    """Return the pause of a key or token at an exchange. Equal arguments get the same object."""
    if len(_pauses) >= _MOST_REMEMBERED:
        for key, pause in list(_pauses.items()):
            if not pause.left_s():
                _pauses.pop(key, None)
    return _pauses.setdefault((origin, key_fingerprint), KeyPause())
