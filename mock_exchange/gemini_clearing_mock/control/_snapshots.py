"""
The control of the state as a whole: snapshot, restore, reset, fingerprint.
"""

from ..errors import ControlError
from ..state._consistency import first_problem
from ..state._transaction import TransactionManager

__all__ = ["SnapshotControl"]


class SnapshotControl:
    """The state of an exchange as a whole, its clock included."""

    def __init__(self, transactions: TransactionManager) -> None:
        self._transactions = transactions

    def take(self) -> bytes:
        """Return a snapshot, as JSON."""
        with self._transactions.begin() as transaction:
            return transaction.state.tables.dump()

    def restore(self, snapshot: bytes) -> None:
        """
        Replace the state by a snapshot.

        Raises:
            ControlError: `snapshot` is not a snapshot, or does not fit this exchange; nothing has changed.

        """
        with self._transactions.begin() as transaction:
            state = transaction.state
            try:
                records = state.tables.decode(snapshot)
            except ValueError as error:
                raise ControlError(f"invalid snapshot: {error}. Restore the unchanged bytes of a snapshot.") from None
            if problem := first_problem(records, state.symbols.keys()):
                raise ControlError(f"invalid snapshot: {problem}. Restore a snapshot of an exchange like this one.")
            state.replace(records)

    def reset(self) -> None:
        """Start again with the accounts, keys and tokens of the configuration, no orders, and a running clock."""
        with self._transactions.begin() as transaction:
            transaction.state.reset()

    def fingerprint(self) -> str:
        """Return a digest of accounts, keys, tokens, orders and nonces, which changes when one of them changes."""
        with self._transactions.begin() as transaction:
            return transaction.state.fingerprint()
