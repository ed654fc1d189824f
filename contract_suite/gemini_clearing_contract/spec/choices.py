"""
The choices of this project: what neither the documentation nor the spec says, and the oracle can require all the same.

`--choices` selects those that a server must share. The mock makes more choices (docs/choices.md): the spec states them,
or the oracle does not depend on them.
"""

__all__ = ["CHOICES", "OF_ANY_SERVER"]

CHOICES = {
    "default_expiry": "an order without `expires_in_hrs` expires after 24 hours",
    "exact_expiry": "an order expires to the millisecond, at most 100 ms early",
    "funds_checked": "an order is rejected when it is placed or confirmed if the account has no funds at all",
    "inclusive_ends": "the end of a time filter is part of the range",
    "exact_paths": "a path with a slash at its end or in other letter cases, and GET of an unknown path, get 404",
    "newest_first": "lists are sorted by their submission, and a limit keeps the newest orders",
    "token_errors": "an unknown access token gets 400 InvalidApiKey, one without the scope 403 MissingRole, "
    "and one with `account` 400 AccountsOnGroupOnlyApi",
}
# The documented examples show each of the others. They show no order without `expires_in_hrs` and its expiry, no error
# response to an access token, and no account without funds, whose orders may also wait for settlement.
OF_ANY_SERVER = frozenset(CHOICES) - {"default_expiry", "funds_checked", "token_errors"}
