"""Which events name a customer, for those that are in no log of theirs: what could not be read, what
waits, what was set aside. Export and erasure look for the same.
"""

from collections.abc import Sequence

from engine.facts.naming import own_id, shop_of

# Of an event's `body`, in the customer's shop.
NAMES_THEM = (
    "(body->>'customer' = any(%(customer_ids)s) or body->>'order' = any(%(order_ids)s))"
)
# Every text that an event states: any may be an address.
STATED = """jsonb_path_query(body->'data', '$.* ? (@.type() == "string")') stated"""


def names_of(customer: str, own: Sequence[str]) -> dict[str, str | list[str]]:
    """Their shop, and the ids there of the customer, of those who turned out to be them, and of
    their orders; `own` are the subject ids of all but the customer.
    """
    people = [customer, *(one for one in own if not one.startswith("order:"))]
    return {
        "shop": shop_of(customer),
        "customer_ids": [own_id(one) for one in people],
        "order_ids": [own_id(one) for one in own if one.startswith("order:")],
    }
