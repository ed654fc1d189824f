"""
The demo configuration: four desks with six keys, a master key, two access tokens, six symbols.

The keys and secrets are invented, and are valid for no other exchange.
"""

from decimal import Decimal

from ..state._accounts import Account, Key, NonceMode, Token
from ..state._settings import Choices, Symbol
from ._model import Config

__all__ = ["demo_config"]

_PAIRS = ("BTC/USD", "ETH/USD", "BTC/EUR", "ETH/BTC", "ETH/EUR", "SOL/USD")
_CURRENCIES = sorted({currency for pair in _PAIRS for currency in pair.split("/")})

# Enough for the product of an amount and a price with thirty digits each.
_BALANCE = Decimal("1E+64")

# Every amount or price with up to forty decimals is a multiple of it.
_STEP = Decimal("1E-40")


def _symbol(pair: str) -> Symbol:
    base, quote = pair.split("/")
    return Symbol(name=base + quote, base=base, quote=quote, amount_step=_STEP, price_step=_STEP)


def _account(name: str, counterparty_id: str) -> Account:
    return Account(
        counterparty_id=counterparty_id,
        name=name,
        group="demo",
        balances=dict.fromkeys(_CURRENCIES, _BALANCE),
    )


def _key(name: str, account: str | None, *roles: str, nonce: NonceMode = NonceMode.INCREMENTAL) -> Key:
    scope = "account" if account else "master"
    return Key(
        name=name,
        api_key=f"{scope}-demo-{name}",
        api_secret=f"demo-secret-of-{name}",
        roles=roles,
        account=account,
        group="demo",
        nonce=nonce,
    )


def demo_config(choices: Choices | None = None) -> Config:
    """Return the demo configuration, with other choices if given."""
    initiator, counterparty, broker, desk3 = "R485E04Q", "OM9VNL1G", "WV4V1DGN", "Z4929ZDY"
    return Config(
        symbols={symbol.name: symbol for symbol in map(_symbol, _PAIRS)},
        accounts=(
            _account("initiator", initiator),
            _account("counterparty", counterparty),
            _account("broker", broker),
            _account("desk3", desk3),
        ),
        keys=(
            _key("initiator", initiator, "Trader"),
            _key("counterparty", counterparty, "Trader"),
            _key("broker", broker, "Trader"),
            _key("auditor", initiator, "Auditor"),
            _key("desk3", desk3, "Trader"),
            _key("clockwork", initiator, "Trader", nonce=NonceMode.TIME_BASED),
            _key("group", None, "Trader"),
        ),
        tokens=(
            Token("initiator", "demo-token-of-initiator", ("clearing:create", "clearing:read"), initiator, "demo"),
            Token("reader", "demo-token-of-reader", ("clearing:read",), initiator, "demo"),
        ),
        choices=choices or Choices(),
    )
