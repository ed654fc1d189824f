"""`create_broker_order`: an order between two other desks; both confirm."""

from collections.abc import Iterable
from typing import Any, ClassVar

from ..allowed_results import CONFLICTING_ACCOUNT, AllowedResults, funds, named_accounts, only
from ..model import Call, Model
from .base import CreationRules

__all__ = ["CreateBrokerOrder"]


class CreateBrokerOrder(CreationRules):
    """Broker, source and target must be three accounts."""

    name: ClassVar[str] = "create_broker_order"
    texts = (*CreationRules.texts, "source_counterparty_id", "target_counterparty_id")

    def accounts(self, model: Model, call: Call) -> Iterable[AllowedResults]:
        """Return the results for the two desks."""
        source, target = call.request["source_counterparty_id"], call.request["target_counterparty_id"]
        yield funds(model, source, target)
        yield named_accounts(model, call.caller, source, target)
        if len({call.caller, source, target}) < 3:
            yield only(CONFLICTING_ACCOUNT)

    def parties(self, call: Call) -> dict[str, Any]:
        """Return the two named desks."""
        return {
            "source": call.request["source_counterparty_id"],
            "target": call.request["target_counterparty_id"],
            "is_brokered": True,
            "is_open": False,
        }
