"""
The context of one request: the request, the state, and the results of the checks so far.

Each check stores its results; the handlers read them.
"""

from typing import Any

import msgspec

from ..http._messages import Request
from ..state._accounts import Account, Key, Token
from ..state._state import ExchangeState
from ._error_reply import ErrorReply

__all__ = ["RequestContext"]


class RequestContext(msgspec.Struct):
    """
    A request with the results of its checks.

    Attributes:
        state: the state of the exchange, in a transaction.
        request: the request.
        now_ms: the exchange time.
        check: the name of the current check.
        credential: the key or token; `None` before the check `key` has passed.
        payload_text: the payload header, in base64.
        payload_json: the decoded payload.
        document: the JSON object in the payload.
        parameters: the parsed request fields.
        account: the account that acts; `None` before the check `account` has passed.
        delay_ms: how much later the response is sent because of the rate limit.

    """

    state: ExchangeState
    request: Request
    now_ms: int
    check: str = ""
    credential: Key | Token | None = None
    payload_text: str = ""
    payload_json: bytes = b""
    document: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    account: Account | None = None
    delay_ms: int = 0

    @property
    def principal(self) -> Key | Token:
        """The key or token that sent the request."""
        if self.credential is None:
            raise LookupError("the key is not known before the check 'key' has passed")
        return self.credential

    @property
    def account_id(self) -> str:
        """The counterparty id of the account that acts."""
        if self.account is None:
            raise LookupError("the account is not known before the check 'account' has passed")
        return self.account.counterparty_id

    def header(self, name: str, reason: str) -> str:
        """
        Return a required header.

        Raises:
            ErrorReply: the header is missing or empty; `reason` is the reason of the reply.

        """
        value = self.request.headers.get(name.lower())
        if not value:
            raise ErrorReply(reason, f"Must provide '{name}' header", expected=f"the header {name}")
        return value
