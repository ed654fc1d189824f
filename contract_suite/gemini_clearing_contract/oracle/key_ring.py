"""The API keys and access tokens of a run: the kind of nonce that each key requires, and the highest that it spent."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from ..wire import UNFUNDED, AccessToken, Desk, MasterKey

__all__ = ["KeyRing"]

# A time-based nonce may differ by this from the server's time (the documentation's page on private API access).
NONCE_WINDOW_S = 30


class KeyRing:
    """
    The desks, master keys and tokens by their names, all keys by API key, and the state of their nonces.

    The mode of a key's nonces is that of the credentials. Without it the server's own response determines the mode,
    so the mode is not a rule that the server can violate.
    """

    def __init__(
        self,
        desks: Iterable[Desk],
        now_ms: Callable[[], Decimal],
        master_keys: Iterable[MasterKey] = (),
        tokens: Iterable[AccessToken] = (),
    ) -> None:
        self.desks = {desk.name: desk for desk in desks}
        self.master_keys = {key.name: key for key in master_keys}
        self.tokens = {token.name: token for token in tokens}
        keys: list[Desk] = [*self.desks.values(), *self.master_keys.values()]
        self.by_key = {desk.api_key: desk for desk in keys}
        self.by_token = {token.token: token for token in self.tokens.values()}
        self.spent: dict[str, Decimal] = {}
        self.time_based = {desk.api_key for desk in keys if desk.nonce_mode == "time-based"}
        # The keys that have exceeded the rate limit.
        self.limited: set[str] = set()
        self._now_ms = now_ms

    def account_ids(self) -> frozenset[str]:
        """Return the counterparty ids of all accounts that a key or token acts for."""
        of_groups = (key.accounts.values() for key in self.master_keys.values())
        of_desks = (desk.counterparty_id for desk in self.desks.values())
        of_tokens = (token.counterparty_id for token in self.tokens.values())
        return frozenset().union(of_desks, of_tokens, *of_groups)

    def unfunded_ids(self) -> frozenset[str]:
        """Return the counterparty id of the account without funds, if the credentials have one."""
        return frozenset(desk.counterparty_id for desk in self.desks.values() if desk.name == UNFUNDED)

    def unstated(self) -> tuple[str, ...]:
        """Return the names of the keys whose nonce mode is not in the credentials."""
        return tuple(desk.title for desk in self.by_key.values() if desk.nonce_mode is None)

    def accepts(self, desk: Desk, nonce: Decimal) -> bool:
        """Whether the nonce is above every spent one, or, for a time-based key, close to the server's time."""
        if desk.api_key in self.time_based:
            return abs(nonce * 1000 - self._now_ms()) <= NONCE_WINDOW_S * 1000
        return nonce > self.spent.get(desk.api_key, Decimal(-1))

    def spend(self, desk: Desk | None, nonce: Decimal | None) -> None:
        """Record the nonce that a request spends, if it spends one."""
        if desk is not None and nonce is not None:
            self.spent[desk.api_key] = nonce
