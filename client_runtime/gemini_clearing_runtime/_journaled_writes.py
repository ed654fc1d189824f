"""The writes that other clients and processes have recorded in the same journal."""

from collections.abc import Iterator, Mapping
from typing import Any

from ._journal import Journal
from ._known_writes import KnownWrites, OpenWrite, are_twins, order_id_of
from ._operation import Operation, arguments_of

__all__ = ["JournaledWrites"]


class JournaledWrites(KnownWrites):
    """The writes of this client, and the writes that other clients and processes have recorded in the same journal."""

    def __init__(self, journal: Journal, base_url: str) -> None:
        super().__init__()
        self._journal = journal
        self._base_url = base_url

    def belongs_to_another(self, operation: Operation[Any], order_id: str, attempt_id: str) -> bool:
        """Return whether an order was placed by another write than this one, by the response to that write."""
        if super().belongs_to_another(operation, order_id, attempt_id):
            return True
        placed = self._journal._writes_of(operation.name, order_id, self._base_url)
        return any(other != attempt_id for other in placed)

    def was_done_by_another(self, operation: Operation[Any], sent: Mapping[str, Any], attempt_id: str) -> bool:
        """Return whether a twin of a write about an existing order was executed, by its response."""
        if super().was_done_by_another(operation, sent, attempt_id):
            return True
        return self._is_recorded_for_another(operation, sent, attempt_id, by_query=False)

    def was_found_for_another(
        self, operation: Operation[Any], sent: Mapping[str, Any], order_id: str, attempt_id: str
    ) -> bool:
        """Return whether a query found an effect for another write than this one."""
        if super().was_found_for_another(operation, sent, order_id, attempt_id):
            return True
        return self._is_recorded_for_another(operation, sent, attempt_id, by_query=True, order_id=order_id)

    def _is_recorded_for_another(
        self,
        operation: Operation[Any],
        sent: Mapping[str, Any],
        attempt_id: str,
        *,
        by_query: bool,
        order_id: str | None = None,
    ) -> bool:
        about = order_id or order_id_of(operation, sent, None) or ""
        executed = self._journal._writes_of(operation.name, about, self._base_url, by_query=by_query)
        executed.pop(attempt_id, None)
        return any(are_twins(operation, sent, arguments_of(operation, payload)) for payload in executed.values())

    def _open_twins(self, operation: Operation[Any], sent: Mapping[str, Any], attempt_id: str) -> Iterator[OpenWrite]:
        yield from super()._open_twins(operation, sent, attempt_id)
        for other_id, payload, is_running in self._journal._open_writes(operation.name, self._base_url):
            other = arguments_of(operation, payload)
            if other_id != attempt_id and are_twins(operation, sent, other):
                yield OpenWrite(operation, other, is_running=is_running)
