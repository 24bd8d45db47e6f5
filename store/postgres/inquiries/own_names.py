"""By which ids events name a customer, for those in no log of theirs: what could not be read, and
what was set aside. Export and erasure look for the same.
"""

from collections.abc import Sequence

from engine.facts.naming import own_id, shop_of


def names_of(customer: str, others: Sequence[str]) -> dict[str, str | list[str]]:
    """Their shop, and the ids there of the customer, of those who turned out to be them, and of
    their orders; `others` are the subject ids of all but the customer.
    """
    people = [customer, *(one for one in others if not one.startswith("order:"))]
    return {
        "shop": shop_of(customer),
        "customer_ids": [own_id(one) for one in people],
        "order_ids": [own_id(one) for one in others if one.startswith("order:")],
    }
