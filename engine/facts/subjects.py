"""The facts of an order and its customer at one moment, and the silences that hold for them."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from engine.catalog.rows import row
from engine.facts.state import State
from engine.rules.rule import Listened


@row
class Suppression:
    """Silence of some categories for an order or a customer, with the rule and the line that asked
    for it.

    `about` is the thing of that rule, which an event of `until` must not contradict.
    """

    key: str
    rule_id: str
    categories: tuple[str, ...]
    customer: str | None
    order: str | None
    across_customer: bool
    starts_at: datetime
    ends_at: datetime
    until: tuple[Listened, ...]
    place: str
    about: tuple[str, str] | None = field(default=None, compare=False)
    product: str | None = None


@row
class Subjects:
    """The facts of an order and its customer at one moment; either may be unknown yet.

    `silences` are those across the customer, `scans` the newest scan of each carrier of the shop,
    of anybody's parcel.
    """

    order: State | None
    customer: State | None
    order_id: str | None = None
    customer_id: str | None = None
    shop: str = ""
    silences: tuple["Suppression", ...] = ()
    scans: Mapping[str, datetime] = field(default_factory=dict)
