"""The name of one firing."""

from typing import Any

import pytest

from engine.catalog.values import parse_duration
from engine.decisions.once.occurrences import occurrence_of
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.rules.rule import OncePer
from tests.engine.builders import (
    HOUR,
    NAMING,
    NOON,
    a_buyer,
    a_rule,
    a_ruleset,
    an_event,
    an_order,
    shipped,
)
from tests.engine.decisions.once.reviewed import REVIEWED


def named(once_per: OncePer, event: Any = REVIEWED, *, customer: str | None = "C1") -> str | None:
    about = About(event.type.partition(".")[0], next(iter(event.things.values())), event.data)
    subjects = Subjects(an_order(shipped(), event), a_buyer(event), "A1", customer, "shop")
    rule = a_rule("rule", event.type, once_per=once_per)
    return occurrence_of(rule, event, View(a_ruleset(), subjects, about, NOON), NAMING)


@pytest.mark.parametrize(
    ("keys", "occurrence"),
    [
        (("review",), "review:R1"),
        (("order",), "order:A1+review:R1"),
        (("customer",), "customer+review:R1"),
        (("customer", "review.product_id"), "customer+review.product_id=SKU1+review:R1"),
        (("order", "review"), "order:A1+review:R1"),
    ],
)
def test_an_occurrence_is_the_value_of_the_once_key_and_the_thing(
    keys: Any, occurrence: str
) -> None:
    assert named(OncePer(keys)) == occurrence


@pytest.mark.parametrize(
    "once_per",
    [
        OncePer(("event",)),
        OncePer(("customer",), parse_duration("180 days")),
        OncePer(("customer", "event")),
    ],
)
def test_where_it_comes_again_the_event_and_its_time_belong_to_the_name(once_per: OncePer) -> None:
    later = an_event("review.received", NOON + HOUR, things={"review": "R1"})

    assert str(named(once_per)).endswith("review.received+review:R1+2026-03-02T12:00:00.000000Z")
    assert named(once_per) != named(once_per, later)


@pytest.mark.parametrize(
    "once_per",
    [OncePer(("event",)), OncePer(("review",)), OncePer(("customer",), parse_duration("1 day"))],
)
def test_a_redelivery_under_a_new_id_is_the_same_firing(once_per: OncePer) -> None:
    again = an_event(
        "review.received", NOON, id="another id", things={"review": "R1"}, data=REVIEWED.data
    )

    assert named(once_per) == named(once_per, again)


def test_without_a_fact_of_the_key_there_is_no_occurrence() -> None:
    assert named(OncePer(("order.country",))) is None
    assert named(OncePer(("customer",)), customer=None) is None
    assert named(OncePer(("shipment", "return"))) is None


def test_what_tells_who_somebody_is_is_named_by_its_digest() -> None:
    told = an_event(
        "review.received", things={"review": "R1"}, data={"customer.email": "ana@example.com"}
    )
    name = named(OncePer(("customer.email",)), told)

    assert name
    assert "ana" not in name
    assert name == named(OncePer(("customer.email",)), told)
