"""Which customer is meant by the id they have in their shop, or by an address."""

from engine.facts.naming import shop_of, subject_id
from operations.cannot_run import CannotRun
from operations.subjects.holders import customer_at
from store.ports import Store


async def customer_meant(store: Store, customer: str, shop: str | None) -> str:
    """The customer's subject id; `CannotRun` if there is none, or several. An address that is no id
    means whoever has it.
    """
    found = await store.customers.with_id(customer)
    if shop is not None:
        found = [one for one in found if one == subject_id("customer", shop, customer)]
    if not found and (holder := await customer_at(store, customer, shop)) is not None:
        return holder
    if not found:
        raise CannotRun(
            f"nothing is known of a customer {customer}" + (f" of {shop}" if shop else "")
        )
    if len(found) > 1:
        shops = ", ".join(shop_of(one) for one in found)
        raise CannotRun(f"several shops have a customer {customer}: say --shop, one of {shops}")
    return found[0]
