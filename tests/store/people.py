"""The people of these stories, and whose an order is."""

from engine.facts.naming import subject_id
from tests.store.shop import SHOP
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
BEN = {"id": "C2", "email": "ben@example.com", "time_zone": "UTC"}
GUEST = {"email": "Ana@example.com", "time_zone": "UTC"}
YES = {"category": "review"}


def subject(customer: str) -> str:
    """The name of a customer's row."""
    return subject_id("customer", SHOP, customer)


def customer_of(shop: Twins, order: str) -> str | None:
    """The name of the row of whoever has an order."""
    name = subject_id("order", SHOP, order)
    return shop.memory.log.subjects[name].customer(name)
