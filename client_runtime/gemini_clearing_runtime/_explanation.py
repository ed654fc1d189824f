"""`explain()`: the request of a call, without sending it, drawing a nonce or showing a secret."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from ._operation import Operation, serialize_arguments

if TYPE_CHECKING:
    from ._context import CallContext
    from ._settings import Settings

__all__ = ["Explaining", "Explanation"]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """
    The request that a call would send.

    The nonce is 0, because none is drawn. The key is shortened, and a placeholder replaces the signature or the token.
    """

    operation: str
    """The method, such as `create_order`."""
    url: str
    """The address of the endpoint."""
    payload: str
    """The JSON that would be signed."""
    headers: Mapping[str, str]
    """The headers; `X-GEMINI-PAYLOAD` is `payload` in base64, and `<value>` replaces each value of the caller's."""
    body: str
    """The HTTP body: empty, or the same JSON as `payload` for an operation that requires it."""
    wire: bytes
    """The request as bytes of HTTP/1.1, as they would be encrypted by TLS."""


class Explaining:
    """`explain()` of both clients. It sends nothing, so it blocks in neither."""

    _operations: ClassVar[Mapping[str, Operation[Any]]]
    _settings: "Settings"

    @cached_property
    def _context(self) -> "CallContext":
        return self._settings.context(self._run_for_journal)

    def _run_for_journal(self, function: Callable[[], None]) -> None:
        """Run a function of the journal whose result is not awaited."""
        function()

    def _with(self, extra_headers: Mapping[str, str] | None) -> "CallContext":
        """Return the context of a call that sends these headers in addition."""
        if not extra_headers:
            return self._context
        from ._extra_headers import merge_headers

        return msgspec.structs.replace(self._context, headers=merge_headers(self._context.headers, extra_headers))

    def explain(
        self, method: str, /, *, extra_headers: Mapping[str, str] | None = None, **arguments: Any
    ) -> Explanation:
        """
        Return what a call would send: payload, headers and wire bytes. Nothing is sent, and no nonce is drawn.

        Args:
            method: the name of a method, such as `create_order`.
            extra_headers: headers of this call, as the methods take them. Their values may be secret, so a placeholder
                replaces them.
            **arguments: the arguments of that method.

        Raises:
            ArgumentError: the method or an argument is unknown, or the spec does not allow its value; or a header is
                reserved or malformed.
        """
        from ._preview import explained

        return explained(self, method, extra_headers, arguments)

    def _sent(self, operation: Operation[Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the serialized arguments of a call, with the client's account if the call names none."""
        account, default = operation.account, self._settings.account
        if account is not None and default is not None and arguments.get(account) is None:
            arguments = {**arguments, account: default}
        return serialize_arguments(operation, arguments)
