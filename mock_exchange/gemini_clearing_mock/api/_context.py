"""
One request on its way through the checks: what is known of it so far.

Each check fills in what it found out; operations read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..http._messages import Request
from ..state._accounts import Account, Key, Token
from ..state._settings import Symbol
from ..state._state import ExchangeState
from ._error_reply import ErrorReply
from ._fields import SYMBOL

__all__ = ["RequestContext"]


@dataclass(slots=True)
class RequestContext:
    """A request, the state it meets, and what the checks have made of it."""

    state: ExchangeState
    request: Request
    now_ms: int
    check: str = ""  # the check it has come to
    credential: Key | Token | None = None
    payload_text: str = ""
    payload_json: bytes = b""
    document: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    account: Account | None = None
    delay_ms: int = 0

    @property
    def who(self) -> Key | Token:
        """The key or token, once the first check has passed."""
        if self.credential is None:
            raise LookupError("The key is known after its check, not before.")
        return self.credential

    @property
    def actor(self) -> str:
        """The counterparty id of the account that acts, once the account check has passed."""
        if self.account is None:
            raise LookupError("The account is known after its check, not before.")
        return self.account.counterparty_id

    def header(self, name: str, reason: str) -> str:
        """Read a header that must be there; an empty one is not."""
        value = self.request.headers.get(name.lower())
        if not value:
            raise ErrorReply(reason, f"Must provide '{name}' header", expected=f"the header {name}")
        return value

    def known_symbol(self) -> Symbol:
        """Look up the symbol that the request names, or refuse it."""
        symbol = self.state.symbols.get(self.parameters["symbol"])
        if symbol is None:
            raise SYMBOL.refusal("symbol", self.document["symbol"], expected="one of " + ", ".join(self.state.symbols))
        return symbol

    def order_not_found(self) -> ErrorReply:
        """Refuse, without telling whether there is such an order that is none of the caller's business."""
        return ErrorReply("OrderNotFound", f"Order {self.parameters['clearing_id']} not found", status=404)
