"""The connection of `RedisNonces`, and the meaning of redis-py's errors. Nothing here shows a password."""

from typing import TYPE_CHECKING, Any

from ._secrets import shown
from .errors import NonceError

if TYPE_CHECKING:
    import redis

__all__ = ["address_of", "advice_for", "connect", "is_transient"]

_TIMEOUT_S = 2.0


def connect(url: "str | redis.Redis") -> Any:
    """
    Return a client for a URL; a client is returned unchanged.

    Raises:
        NonceError: redis-py is not installed, or the URL is malformed.
    """
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise NonceError(
            'RedisNonces needs redis-py, which is not installed. Run: pip install "gemini-clearing[redis]"'
        ) from None
    if not isinstance(url, str):
        if not hasattr(url, "register_script"):
            raise NonceError(f"invalid url: {shown(url)}. Pass a URL, or a client of redis-py.")
        return url
    try:
        # `_redis_nonces` retries by itself, within the deadline of the call.
        return redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
        )
    except (ValueError, TypeError):
        del url
    raise NonceError(  # outside the handler: the error may quote the password
        "the Redis URL is malformed. Use redis://[[user]:password@]host:port/database, rediss://… or unix://path. "
        "Percent-encode special characters of the password."
    )


def address_of(client: Any) -> str:
    """Return where a client connects to, without its password."""
    options: dict[str, Any] = getattr(getattr(client, "connection_pool", None), "connection_kwargs", {})
    if path := options.get("path"):
        return str(path)
    if "host" in options:
        return f"{options['host']}:{options.get('port', 6379)}"
    return type(client).__name__


def is_transient(error: Exception) -> bool:
    """Return whether an error may end by itself: while Redis restarts, loads its data, or is replaced by a replica."""
    from redis import exceptions

    if isinstance(error, exceptions.AuthenticationError | exceptions.AuthorizationError):
        return False
    return isinstance(
        error,
        exceptions.ConnectionError
        | exceptions.TimeoutError
        | exceptions.ReadOnlyError
        | exceptions.ClusterDownError
        | exceptions.TryAgainError
        | OSError,
    )


def advice_for(error: Exception) -> str:
    """Return what to do about an error, as a sentence without its full stop."""
    from redis import exceptions

    if isinstance(error, exceptions.AuthenticationError | exceptions.AuthorizationError):
        return "Check user and password in the URL"
    if isinstance(error, exceptions.NoPermissionError):
        return "Let the Redis user run EVALSHA, EVAL, SCRIPT, GET, SET, DEL, HMGET, HSET, TIME and INFO"
    if isinstance(error, exceptions.ReadOnlyError):
        return "Use the address of the primary server"
    if isinstance(error, exceptions.OutOfMemoryError) or "OOM" in str(error):  # the second: Redis 6
        return "Raise Redis's maxmemory"
    if is_transient(error):
        return "Check whether Redis is running and reachable"
    return "Check the Redis server"
