"""The actions that come with Purna, one module for each noun.

Each is carried out by the shop's own system (see `activities.actions.shop_system`), whose answer is
its result. Where no such system is named, the row of the ledger is all there is, and ids and codes
are made here. None of them causes an event: the shop's system reports what it did.
"""

from activities.actions.shipped import codes, orders, recommend, returns, subscriptions, support

__all__ = ["codes", "orders", "recommend", "returns", "subscriptions", "support"]
