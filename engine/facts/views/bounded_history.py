"""The part of a customer's history that a question may look at: what `lookbacks` say, seen from its
orders at its moment.
"""

from collections.abc import Iterable
from dataclasses import field

from engine.catalog.rows import row
from engine.facts.history import Happening
from engine.rules.lookbacks import Horizon, Lookback, Reach


@row
class Sight:
    """How far a question sees: all that happened to its own orders, by their ids, and of all else
    what its reach says.
    """

    reach: Reach
    horizon: Horizon
    orders: frozenset[str] = field(default=frozenset())

    def of(self, history: Iterable[Happening]) -> tuple[Happening, ...]:
        """What it sees of a history, which is in the order of time."""
        known = tuple(history)
        newest = {(one.type, one.order is None): one for one in known if self._is_beside(one)}
        return tuple(
            one
            for one in known
            if not self._is_beside(one)
            or self._sees(one)
            or (newest[one.type, one.order is None] is one and self._lookback(one).newest)
        )

    def _is_beside(self, one: Happening) -> bool:
        return one.order is None or one.order not in self.orders

    def _sees(self, one: Happening) -> bool:
        since = self._lookback(one).since(self.horizon)
        return since is not None and one.occurred_at >= since

    def _lookback(self, one: Happening) -> Lookback:
        seen = self.reach.of_none if one.order is None else self.reach.of_others
        return seen.get(one.type, _NOWHERE)


_NOWHERE = Lookback()
