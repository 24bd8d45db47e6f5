"""The errors with which a store refuses or is away, for whoever tells them to people and
senders.
"""

from psycopg import OperationalError
from psycopg.errors import ReadOnlySqlTransaction

from store.ports import Contended
from store.records.activations import NoRuleset, TooOld

__all__ = ["Contended", "NoRuleset", "OperationalError", "TooOld", "is_away"]


def is_away(error: Exception) -> bool:
    """Whether the database is away, too busy, full or read-only, so that the same may be asked
    later.
    """
    return isinstance(error, Contended | OperationalError | ReadOnlySqlTransaction)
