# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates.
"""The enums of Gemini Clearing. A member equals its text."""

from gemini_clearing_runtime import ClosedEnum, OpenEnum

__all__ = [
    "OrderStatus",
    "Reason",
    "Side",
]


class OrderStatus(OpenEnum):
    """The status of an order. The exchange may add values."""

    AWAIT_CONFIRM = "AwaitConfirm"
    AWAIT_SOURCE_TARGET_CONFIRM = "AwaitSourceTargetConfirm"
    AWAIT_SOURCE_CONFIRM = "AwaitSourceConfirm"
    AWAIT_TARGET_CONFIRM = "AwaitTargetConfirm"
    CONFIRMED = "Confirmed"
    ATTEMPT_SETTLEMENT = "AttemptSettlement"
    SETTLED = "Settled"
    EXPIRED = "Expired"
    CANCELED = "Canceled"
    NOT_FOUND = "Not Found"


class Reason(OpenEnum):
    """The reason of an error response. The exchange may add values."""

    ACCOUNT_CLOSED = "AccountClosed"
    ACCOUNT_LIMIT_EXCEEDED = "AccountLimitExceeded"
    ACCOUNT_NOT_OF_TYPE_REQUIRED = "AccountNotOfTypeRequired"
    ACCOUNTS_ON_GROUP_ONLY_API = "AccountsOnGroupOnlyApi"
    AMBIGUOUS_AUTHENTICATION = "AmbiguousAuthentication"
    API_KEY_IP_FILTERING_FAILURE = "ApiKeyIpFilteringFailure"
    BAD_ACCOUNT_TYPE = "BadAccountType"
    CLIENT_ORDER_ID_MUST_BE_STRING = "ClientOrderIdMustBeString"
    CLIENT_ORDER_ID_TOO_LONG = "ClientOrderIdTooLong"
    CONFLICTING_ACCOUNT_NAME = "ConflictingAccountName"
    CONFLICTING_OPTIONS = "ConflictingOptions"
    ENDPOINT_MISMATCH = "EndpointMismatch"
    ENDPOINT_NOT_FOUND = "EndpointNotFound"
    EXCEEDED_MAX_ACCOUNTS_IN_GROUP = "ExceededMaxAccountsInGroup"
    GTS_TRADE_ID_MUST_BE_STRING = "GTSTradeIDMustBeString"
    HAS_NOT_AGREED_TO_CUSTODY_TERMS = "HasNotAgreedToCustodyTerms"
    INSUFFICIENT_FUNDS = "InsufficientFunds"
    INVALID_ACCOUNT_NAME = "InvalidAccountName"
    INVALID_ACCOUNT_TYPE = "InvalidAccountType"
    INVALID_API_KEY = "InvalidApiKey"
    INVALID_FUND_TRANSFER = "InvalidFundTransfer"
    INVALID_JSON = "InvalidJson"
    INVALID_NONCE = "InvalidNonce"
    INVALID_ORDER_TYPE = "InvalidOrderType"
    INVALID_PRICE = "InvalidPrice"
    INVALID_QUANTITY = "InvalidQuantity"
    INVALID_SIDE = "InvalidSide"
    INVALID_SIGNATURE = "InvalidSignature"
    INVALID_STOP_PRICE = "InvalidStopPrice"
    INVALID_STOP_PRICE_BUY = "InvalidStopPriceBuy"
    INVALID_STOP_PRICE_RATIO = "InvalidStopPriceRatio"
    INVALID_STOP_PRICE_SELL = "InvalidStopPriceSell"
    INVALID_SYMBOL = "InvalidSymbol"
    INVALID_TIMESTAMP_IN_PAYLOAD = "InvalidTimestampInPayload"
    MAINTENANCE = "Maintenance"
    MARKET_NOT_OPEN = "MarketNotOpen"
    MISSING_ACCOUNT_NAME = "MissingAccountName"
    MISSING_ACCOUNTS = "MissingAccounts"
    MISSING_APIKEY_HEADER = "MissingApikeyHeader"
    MISSING_NAME = "MissingName"
    MISSING_NONCE = "MissingNonce"
    MISSING_ORDER_FIELD = "MissingOrderField"
    MISSING_PAYLOAD_HEADER = "MissingPayloadHeader"
    MISSING_PAYLOAD_KEY = "MissingPayloadKey"
    MISSING_ROLE = "MissingRole"
    MISSING_SECURITY_HEADERS = "MissingSecurityHeaders"
    MISSING_SIGNATURE_HEADER = "MissingSignatureHeader"
    MORE_THAN_ONE_ACCOUNT = "MoreThanOneAccount"
    NO_ACCOUNT_OF_TYPE_REQUIRED = "NoAccountOfTypeRequired"
    NO_SSL = "NoSSL"
    NOT_GROUP_API_COMPATIBLE = "NotGroupApiCompatible"
    OPTIONS_MUST_BE_ARRAY = "OptionsMustBeArray"
    ORDER_NOT_FOUND = "OrderNotFound"
    RATE_LIMIT = "RateLimit"
    REMOTE_ADDRESS_FORBIDDEN = "RemoteAddressForbidden"
    SYSTEM = "System"
    UNSUPPORTED_OPTION = "UnsupportedOption"


class Side(ClosedEnum):
    """The side of the source."""

    BUY = "buy"
    SELL = "sell"
