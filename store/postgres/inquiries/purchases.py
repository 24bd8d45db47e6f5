"""What was bought together, read from the log when it is asked for: who bought a product, and what
else they bought.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.recommendations import Product, Purchases
from engine.facts.intake import customer_subject
from engine.facts.state import stated_at, value_in
from store.postgres.sessions.pool import Pool

# So many events are looked at, the newest; more would change the ranking little and take long.
_NEWEST = 500
# What an order line says of its product in general; all else is about the order.
_OF_PRODUCT = ("id", "title", "category", "price", "stars", "return_rate", "in_stock")

# Of one buyer so many orders are looked at.
_ORDERS = 50

# An item of an order is a mapping with an id, or its bare id. An order whose customer nobody knows
# speaks for itself; of a customer also what else they bought counts. What many buy is found among
# the newest orders; only for what few buy are all those looked through that have it.
_BUYERS = """
with newest as materialized (
    select customer_subject, order_subject from (
        select customer_subject, order_subject, pos, body from events
        where body -> 'data' ? 'order.items'
        order by pos desc limit 10000
    ) last
    where body -> 'data' -> 'order.items' @> any(%(items)s) and body ->> 'shop' = %(shop)s
    order by pos desc limit %(newest)s
), found as materialized (
    select customer_subject, order_subject from newest where (select count(*) from newest) >= 50
    union all
    (select customer_subject, order_subject from events
    where body -> 'data' ? 'order.items' and body -> 'data' -> 'order.items' @> any(%(items)s)
        and body ->> 'shop' = %(shop)s and (select count(*) from newest) < 50
    order by pos desc limit %(newest)s)
), buyers as (
    select distinct customer_subject as customer from found where customer_subject is not null
), orders as (
    select order_subject as id from found where order_subject is not null
    union
    select other.id from buyers b, lateral (
        select id from subjects where customer = b.customer order by id limit %(orders)s) other
)
select coalesce(s.customer, s.id), s.facts -> 'facts' -> 'order.items'
from orders join subjects s using (id)
where s.customer is distinct from %(self)s and s.erased_at is null
    and not s.facts -> 'happened' ? 'order.cancelled'
    and s.facts -> 'facts' -> 'order.items' -> 0 <> 'null'
"""
# Of each review the newest word counts: a removed one has no stars, and takes no part.
_STARS = """
select product, avg(stars)::float8 from unnest(%(products)s::text[]) as product,
lateral (
    select distinct on (order_subject, review) (data ->> 'review.stars')::numeric as stars
    from (
        select order_subject, occurred_at, body -> 'data' as data,
            body -> 'things' ->> 'review' as review
        from events
        where body -> 'data' ? 'review.product_id'
            and body -> 'data' ->> 'review.product_id' = product
            and body ->> 'shop' = %(shop)s
            and (body -> 'data' ? 'review.stars' or type = 'review.removed')
        order by body -> 'data' ->> 'review.product_id', occurred_at desc limit %(newest)s
    ) told
    order by order_subject, review, occurred_at desc
) reviews
group by product
"""
_TOLD = """
select product, told.data from unnest(%(products)s::text[]) as product,
lateral (
    select body -> 'data' as data from events
    where body -> 'data' ? 'item.id' and body -> 'data' ->> 'item.id' = product
        and body ->> 'shop' = %(shop)s
    order by body -> 'data' ->> 'item.id' desc, occurred_at desc limit 5
) told
"""


async def purchases(
    pool: Pool, shop: str, customer: str | None, products: Sequence[str]
) -> Purchases:
    """The baskets of those who bought one of these products, without this customer's own."""
    asked: dict[str, Any] = {
        "items": [Jsonb([item]) for name in products for item in ({"id": name}, name)],
        "shop": shop,
        "self": customer_subject(shop, customer),
        "newest": _NEWEST,
        "orders": _ORDERS,
    }
    async with pool.connection() as connection:
        bought: dict[str, list[PurchaseRow]] = defaultdict(list)
        for buyer, items in await connection.rows(_BUYERS, asked):
            bought[buyer] += [(stated_at(items), line) for line in _items(value_in(items))]
        baskets = [frozenset(line["id"] for _, line in lines) for lines in bought.values()]
        asked["products"] = sorted(frozenset().union(*baskets))
        told = await connection.rows(_TOLD, asked)
        stars = dict(await connection.rows(_STARS, asked))
    lines = sorted((line for lines in bought.values() for line in lines), key=lambda one: one[0])
    return Purchases(baskets, _products(lines, told, stars))


PurchaseRow = tuple[str, Mapping[str, Any]]


def _items(items: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    for item in items:
        line = {"id": item} if isinstance(item, str) else item
        if isinstance(line, dict) and isinstance(line.get("id"), str):
            yield line


def _products(
    lines: Iterable[PurchaseRow], told: Iterable[tuple[Any, ...]], stars: Mapping[str, float | None]
) -> Mapping[str, Product]:
    """Each field as it was told last, events about a product after lines; stars nobody states are
    those of reviews.
    """
    known: dict[str, dict[str, Any]] = {}
    for _, line in lines:
        known.setdefault(line["id"], {}).update(
            {name: line[name] for name in _OF_PRODUCT if line.get(name) is not None}
        )
    for name, data in reversed(list(told)):
        facts = {fact: data.get(f"item.{fact}") for fact in _OF_PRODUCT}
        known.setdefault(name, {}).update(
            {fact: value for fact, value in facts.items() if value is not None}
        )
    for name, average in stars.items():
        if average is not None:
            known.setdefault(name, {}).setdefault("stars", average)
    return known
