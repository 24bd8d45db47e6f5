"""What may happen only once."""

from typing import Any

from engine.catalog.values import parse_duration
from engine.decisions.once.once_keys import once_key
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.rules.rule import OncePer
from tests.engine.builders import (
    DAY,
    NAMING,
    NOON,
    a_buyer,
    a_firing,
    a_rule,
    a_ruleset,
    an_order,
    shipped,
)
from tests.engine.decisions.once.reviewed import REVIEWED
from tests.engine.decisions.timelines import Timeline, happens


def key_of(once_per: OncePer, **changes: Any) -> Any:
    subjects = Subjects(an_order(shipped(), REVIEWED), a_buyer(REVIEWED), "A1", "C1", "shop")
    firing = a_firing(
        **{"about": ("review", "R1"), "event": "review.received", "occurrence": "x", **changes}
    )
    view = View(a_ruleset(), subjects, About(*firing.about), NOON)
    return once_key(a_rule("rule", "review.received", once_per=once_per), firing, view, NAMING)


def test_the_key_of_an_order_lies_with_the_order_and_one_of_a_customer_with_the_customer() -> None:
    assert key_of(OncePer(("review",))).subject == "order:shop/A1"
    assert key_of(OncePer(("customer", "review.product_id"))).subject == "customer:shop/C1"
    assert key_of(OncePer(("customer",)), about=("customer", "C1")).subject == "customer:shop/C1"
    assert key_of(OncePer(("review",)), order=None).subject == "customer:shop/C1"


def test_a_window_runs_from_the_due_moment() -> None:
    key = key_of(OncePer(("customer",), parse_duration("180 days")), due_at=NOON + DAY)

    assert (key.value, key.taken_at, key.free_at) == ("customer", NOON + DAY, NOON + 181 * DAY)


def test_a_key_without_a_window_is_never_free_again() -> None:
    key = key_of(OncePer(("review",)), occurrence="review:R1")

    assert (key.value, key.free_at, key.holder) == ("review:R1", None, "order:shop/A1/review:R1")


def test_a_key_whose_fact_has_become_unknown_cannot_be_taken() -> None:
    assert key_of(OncePer(("order.country",), parse_duration("1 day"))) is None


def test_a_refund_that_shop_and_payer_report_each_in_their_own_way_is_told_once() -> None:
    story = Timeline(
        "  - {id: a, when: order.refunded, once_per: [order, refund.name], "
        "do: [{send: hello, category: billing}]}"
    )
    refund = {"id": "F1", "amount": "30.00 EUR"}
    story.hears(0, "order.refunded", refund=refund)
    for hours, name in ((0.5, "re_1"), (0.6, "re_2")):
        again = happens(hours, "order.refunded", refund=refund | {"id": name})
        story.learns(hours, again | {"source": "payer"})

    assert story.sent() == [0, 0.6]
