"""The writes that other clients and processes have recorded in the same journal."""

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ._context import KnownWrites
from ._journal import Journal

__all__ = ["JournaledWrites"]


class JournaledWrites(KnownWrites):
    """The writes of this client, and the writes that other clients and processes have recorded in the same journal."""

    def __init__(self, journal: Journal, base_url: str) -> None:
        super().__init__()
        self._journal = journal
        self._base_url = base_url

    def belongs_to_another(self, order_id: str, attempt_id: str) -> bool:
        """Return whether an order was placed by another write than this one, by the response to that write."""
        if super().belongs_to_another(order_id, attempt_id):
            return True
        return any(other != attempt_id for other in self._journal._attempts_of(order_id, self._base_url))

    def was_found_for_another(self, order_id: str, attempt_id: str) -> bool:
        """Return whether a query found an order for another write than this one."""
        if super().was_found_for_another(order_id, attempt_id):
            return True
        found = self._journal._attempts_of(order_id, self._base_url, by_query=True)
        return any(other != attempt_id for other in found)

    def has_twin_in_doubt(self, attempt_id: str, sent: Mapping[str, Any]) -> bool:
        """Return whether another write with the same arguments has an unknown outcome: one order could be either."""
        if super().has_twin_in_doubt(attempt_id, sent):
            return True
        payloads = self._journal._open_payloads(self._base_url)
        payloads.pop(attempt_id, None)
        return any(_terms(other) == Counter(map(_comparable, sent.values())) for other in payloads.values())


def _terms(payload: str) -> Counter[Any]:
    """Return the values of the arguments. Their names in JSON are those of another operation at most."""
    arguments = json.loads(payload, parse_float=Decimal)
    return Counter(_comparable(value) for name, value in arguments.items() if name not in ("request", "nonce"))


def _comparable(value: Any) -> Any:
    return value if isinstance(value, str | int | Decimal) else json.dumps(value, default=str)
