"""The errors with which a store refuses or is away, for whoever tells them to people and
senders.
"""

from psycopg import OperationalError

from store.ports import Contended
from store.records.activations import NoRuleset, TooOld

__all__ = ["Contended", "NoRuleset", "OperationalError", "TooOld", "is_away"]


def is_away(error: Exception) -> bool:
    """Whether the database is away or too busy, so that the same may be asked again later."""
    return isinstance(error, Contended | OperationalError)
