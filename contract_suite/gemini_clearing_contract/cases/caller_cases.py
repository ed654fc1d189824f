"""
Negative cases of master keys and access tokens: the account that a request names, the token, and its scopes.

They complete `negative_cases.py`, whose cases are about the key of one account.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import define, field

from ..spec import Spec
from ..wire import (
    AUTHORIZATION_HEADER,
    OMITTED,
    PAYLOAD_HEADER,
    AccessToken,
    Caller,
    MasterKey,
    WireRequest,
    common_headers,
    encode_base64,
)
from .negative_cases import NegativeCase, RequestDraft

__all__ = ["UNKNOWN_ACCOUNT", "TokenDraft", "account_cases", "foreign_accounts", "token_cases"]

# The name of an account that no group has.
UNKNOWN_ACCOUNT = "no-such-account"


@define
class TokenDraft(RequestDraft):
    """A request of an access token that is being built; its key belongs to the same account or to another one."""

    token: AccessToken = field(kw_only=True)
    # The whole `Authorization` header, from the token.
    authorization: Callable[[str], str] = field(kw_only=True, default="Bearer {}".format)

    @property
    def caller(self) -> Caller:
        """The token."""
        return self.token

    def build(self) -> WireRequest:
        """Return the request."""
        payload = self.payload_json()
        text = self.sent_text(self.text(encode_base64(payload)))
        headers = {AUTHORIZATION_HEADER: self.authorization(self.token.token), PAYLOAD_HEADER: text}
        for edit in self.headers:
            edit(headers)
        is_sent = self.http_body or self.operation.repeats_body
        body = (self.http_body or bytes)(payload) if is_sent else b""
        return WireRequest("POST", self.operation.path, (*headers.items(), *common_headers(body)), body)


def account_cases(key: MasterKey, others: Iterable[str]) -> Iterator[NegativeCase]:
    """Yield the wrong accounts of a master key: none, an unknown one, and the accounts of other groups."""
    yield NegativeCase("a master key without an account", "account", "MissingAccounts", _field("account", OMITTED))
    for name in (UNKNOWN_ACCOUNT, *others):
        title = f"the account {name} with the master key {key.name}"
        yield NegativeCase(title, "account", "InvalidAccountName", _field("account", name))


def foreign_accounts(key: MasterKey, keys: Iterable[MasterKey]) -> list[str]:
    """Return the names of the accounts that only other groups have."""
    others = {name for other in keys for name in other.accounts}
    return sorted(others - key.accounts.keys())


WRONG_TOKENS: dict[str, Callable[[str], str]] = {
    "an unknown access token": lambda token: "Bearer no-such-token",
    "a truncated access token": lambda token: f"Bearer {token[:-1]}",
    "an access token with one more character": lambda token: f"Bearer {token}x",
    "an access token in the other letter case": lambda token: f"Bearer {token.swapcase()}",
    "an access token with the scheme Basic": lambda token: f"Basic {token}",
    "an access token without a scheme": lambda token: token,
    "a scheme without an access token": lambda token: "Bearer",
}


def token_cases(spec: Spec) -> Iterator[NegativeCase]:
    """Yield what can be wrong with the token itself, and, where the spec's choices cover it, with its account."""
    for name, change in WRONG_TOKENS.items():
        yield NegativeCase(name, "key", "InvalidApiKey", _authorization(change))
    if "token_errors" in spec.choices:
        yield NegativeCase(
            "an account with an access token", "account", "AccountsOnGroupOnlyApi", _field("account", "primary")
        )


def _authorization(change: Callable[[str], str]) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        if isinstance(draft, TokenDraft):
            draft.authorization = change

    return apply


def _field(name: str, value: Any) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        draft.body[name] = value

    return apply
