"""
The names of those checks that the deduplication depends on.

The name of a check states the violation, so that it can be the title of a finding. What follows a colon is a detail.
"""

__all__ = [
    "DIFFERS_FROM_EARLIER",
    "DIFFERS_FROM_REQUEST",
    "EXTRA_ORDER",
    "FILTER_IGNORED",
    "IMPLAUSIBLE_TIME",
    "INVALID_JSON",
    "INVALID_REQUEST_ACCEPTED",
    "INVALID_REQUEST_SENT",
    "LIMIT_EXCEEDED",
    "MISSING_ORDER",
    "SERVER_ERROR",
    "STATE_CHANGED",
    "UNDOCUMENTED_RESULT",
    "UNDOCUMENTED_STATUS",
    "UNKNOWN_ORDER",
    "VALID_REQUEST_REJECTED",
    "WRONG_ERROR",
    "WRONG_EXPIRATION",
    "WRONG_LIFETIME",
    "WRONG_ORDER_STATUS",
    "WRONG_REQUEST_LINE",
]

SERVER_ERROR = "server error"
UNDOCUMENTED_STATUS = "undocumented status"
UNDOCUMENTED_RESULT = "undocumented result"
INVALID_JSON = "invalid JSON"
VALID_REQUEST_REJECTED = "valid request rejected"
INVALID_REQUEST_ACCEPTED = "invalid request accepted"
WRONG_ERROR = "wrong error"
STATE_CHANGED = "rejected request changed state"
DIFFERS_FROM_EARLIER = "differs from earlier response"
DIFFERS_FROM_REQUEST = "differs from request"
WRONG_ORDER_STATUS = "wrong order status"
WRONG_EXPIRATION = "wrong expiration"
# The times of creation and expiration contradict the request, and either of them may be wrong.
WRONG_LIFETIME = "wrong lifetime"
IMPLAUSIBLE_TIME = "implausible time"
UNKNOWN_ORDER = "unknown order"
MISSING_ORDER = "missing order"
FILTER_IGNORED = "filter ignored"
# The filter excludes other orders, but not this one.
EXTRA_ORDER = "order outside the filter"
LIMIT_EXCEEDED = "limit exceeded"
# Checks of the client's requests.
WRONG_REQUEST_LINE = "wrong request line"
INVALID_REQUEST_SENT = "invalid request sent"
