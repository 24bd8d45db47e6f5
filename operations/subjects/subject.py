"""Which order or customer is meant by an id or an address: exactly one, or an error that says what
to add.
"""

from collections.abc import Sequence
from typing import Literal

from engine.catalog.catalog import closest
from engine.catalog.values import with_article
from engine.facts.naming import own_id, shop_of
from operations.cannot_run import CannotRun
from operations.subjects.holders import customer_at, order_at
from store.ports import Store

SubjectKind = Literal["order", "customer"]


class NotKnown(CannotRun):
    """Nothing is known of what was asked about; `near` is an id that may be meant, `shops` are
    those that have such an id.
    """

    def __init__(
        self,
        kind: str,
        own: str,
        *,
        shops: Sequence[str] = (),
        near: str | None = None,
        shop: str = "",
    ) -> None:
        whom = f"{with_article(kind)} {own}"
        where = f" in shop {shop}; known in {', '.join(shops)}" if shops else ""
        meant = f", did you mean {near}?" if near else ""
        super().__init__(f"nothing is known of {whom}{where}{meant}")
        self.kind, self.own, self.shops, self.near = kind, own, tuple(shops), near


class SeveralShops(CannotRun):
    """Several shops have something of this id: one of `shops` must be named."""

    def __init__(self, kind: str, own: str, shops: Sequence[str]) -> None:
        which = f"say --shop, one of {', '.join(shops)}"
        super().__init__(f"several shops have {with_article(kind)} {own}: {which}")
        self.kind, self.own, self.shops = kind, own, tuple(shops)


async def subject_meant(
    store: Store, kind: SubjectKind, own: str, shop: str | None
) -> tuple[str, str | None]:
    """The subject id of the one order or customer of this id, and that of its customer; an address
    that is no id means whoever has it.

    Raises `NotKnown`, `SeveralShops`, or another `CannotRun` where an address does not mean one.
    """
    known = await store.inquiries.subjects_with_id(kind, own)
    shops = [shop_of(subject) for subject, _ in known]
    meant = [one for one in known if shop in (None, shop_of(one[0]))]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise SeveralShops(kind, own, shops)
    if shops:
        raise NotKnown(kind, own, shops=shops, shop=shop or "")
    if (found := await _at_address(store, kind, own, shop)) is not None:
        return found
    raise NotKnown(kind, own, near=closest(own, await store.inquiries.ids_like(kind, own)))


async def _at_address(
    store: Store, kind: SubjectKind, text: str, shop: str | None
) -> tuple[str, str | None] | None:
    """As `subject_meant`, by an address; None if the text is none that anybody ever had."""
    found = await (order_at if kind == "order" else customer_at)(store, text, shop)
    if found is None:
        return None
    known = await store.inquiries.subjects_with_id(kind, own_id(found))
    return next((one for one in known if one[0] == found), None)
