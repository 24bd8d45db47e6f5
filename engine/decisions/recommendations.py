"""Which products go with what somebody bought: ranked by co-purchase, without those that are never
recommended.

A product is picked unless something speaks against it; what is unknown does not. The reasons of
those left out are kept, so that a pick that is missing can be explained.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.catalog.values import FactType, WrongValue, typed
from engine.conditions.condition import Condition
from engine.facts.purchases import item_ids, items_of_order
from engine.facts.views.view import View

Product = Mapping[str, Any]
SENT_BACK, OUT_OF_STOCK = "sent_back", "out_of_stock"
# So many products are looked at for one answer, at most.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Purchases:
    """What each of some buyers bought, as sets of product ids, and what is known of the products by
    id.

    A product is a mapping from field to canonical value: `{"id": "SKU1", "title": "Mug", "price":
    "9.00 EUR"}`.
    """

    baskets: Sequence[frozenset[str]] = ()
    products: Mapping[str, Product] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picks:
    """The products picked, the best first, and those before them that were not, with
    their reasons.
    """

    items: tuple[Product, ...]
    left_out: tuple[tuple[str, tuple[str, ...]], ...]


def seeds_of(view: View, order: str | None) -> list[str]:
    """The products with which picks are to go: those of an order, which is this one or among the
    customer's newest, else all the customer bought and this order's.
    """
    if order is not None and order == view["order.id"]:
        return item_ids([view["order.items"]])
    if order is not None:
        return items_of_order(view.subjects.customer, order)
    return sorted({*view["customer.bought"], *item_ids([view["order.items"]])})


def pick(
    purchases: Purchases,
    seeds: Iterable[str],
    never: Mapping[str, tuple[Condition, ...]],
    most: int,
    fresh: Callable[[], View],
) -> Picks:
    """At most so many products; `fresh` gives the facts of the customer, to which those of each
    product are added.
    """
    items: list[Product] = []
    left_out: list[tuple[str, tuple[str, ...]]] = []
    for name in ranked(purchases.baskets, seeds)[:_MOST]:
        if len(items) == most:
            break
        product = {**purchases.products.get(name, {}), "id": name}
        if reasons := tuple(_against(product, never, _seen(product, fresh()))):
            left_out.append((name, reasons))
        else:
            items.append(product)
    return Picks(tuple(items), tuple(left_out))


def ranked(baskets: Iterable[frozenset[str]], seeds: Iterable[str]) -> list[str]:
    """Products by how many buyers bought them together with another of the seeds; of two alike the
    smaller id.
    """
    wanted, counts = frozenset(seeds), Counter[str]()
    for basket in baskets:
        shared = basket & wanted
        counts.update(name for name in basket if shared - {name})
    return sorted(counts, key=lambda name: (-counts[name], name))


def _against(
    product: Product, never: Mapping[str, tuple[Condition, ...]], view: View
) -> Iterator[str]:
    if product["id"] in view["customer.sent_back"]:
        yield SENT_BACK
    if view["item.in_stock"] is False:
        yield OUT_OF_STOCK
    for reason, conditions in never.items():
        if all(condition.holds(view) is True for condition in conditions):
            yield reason


def _seen(product: Product, view: View) -> View:
    """The view with the facts of a product."""
    for fact in view.ruleset.catalog.facts.values():
        prefix, _, name = fact.name.partition(".")
        if prefix == "item":
            known = _typed(fact.type, product.get(name))
            view[fact.name] = fact.default if known is None else known
    return view


def _typed(kind: FactType, raw: Any) -> Any:
    """What a sender said of a product; unknown where it is not of the type."""
    try:
        return typed(kind, raw, "UTC")
    except (WrongValue, ValueError, TypeError, AttributeError):
        return None
