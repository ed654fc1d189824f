"""The iterators over the rows of a walk, for both clients. They read the next response when it is needed."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from ._model import Model
    from ._walking import Walk

__all__ = ["AsyncRowIterator", "RowIterator"]

R = TypeVar("R", bound="Model")


class RowIterator(Iterator[R], Generic[R]):
    """The rows of a walk. After a failed request, the next call repeats it."""

    def __init__(self, walk: "Walk[R]", run: Callable[[Any], list[R] | None]) -> None:
        self._walk, self._run = walk, run
        self._rows: deque[R] = deque()

    def __next__(self) -> R:
        while not self._rows:
            page = self._run(self._walk.page())
            if page is None:
                raise StopIteration
            self._rows.extend(page)
        return self._rows.popleft()


class AsyncRowIterator(AsyncIterator[R], Generic[R]):
    """The same, for `async for`."""

    def __init__(self, walk: "Walk[R]", run: Callable[[Any], Awaitable[list[R] | None]]) -> None:
        self._walk, self._run = walk, run
        self._rows: deque[R] = deque()

    async def __anext__(self) -> R:
        while not self._rows:
            page = await self._run(self._walk.page())
            if page is None:
                raise StopAsyncIteration
            self._rows.extend(page)
        return self._rows.popleft()
