"""Who waits, and what other rules would change for them; everything else stays as it is."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.backtests.wait_changes import Plan, Planner
from engine.facts.events import Event
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Simulator
from store.memory.journey_rows import MemoryJourney
from store.memory.store import MemoryStore
from tests.store.shop import NAMING, NOON, an_event, placed, the_rules

HOUR = timedelta(hours=1)
REVIEW = "id: review\n"
_OFFER = "  - id: offer\n"
WEEKLY = (
    '  - {id: weekly, when: "every week on tuesday at 10:00", do: [{send: hello, category: '
    "sales}]}\n"
)
DATED = (
    "  - {id: dated, when: 2 days after order.promised_on, do: [{send: hello, category: "
    "delivery}]}\n"
)


def a_shop_that_waits(ruleset: Ruleset) -> MemoryStore:
    """Two orders were delivered an hour ago: both wait for a review request and an offer."""
    store = MemoryStore(ruleset, NAMING, frozenset({"email"}))
    events = [
        event
        for order, customer in (("A1", "C1"), ("A2", "C2"))
        for event in (
            placed(order, customer),
            an_event(
                "order.delivered", f"d {order}", at=NOON + HOUR, order=order, customer=customer
            ),
        )
    ]
    Simulator(store).play(sorted(events, key=lambda event: event.occurred_at))
    return store


def planned(
    new: Ruleset, store: MemoryStore | None = None, *, moves_waits: bool = False
) -> dict[str, Any]:
    store = store or a_shop_that_waits(the_rules())
    plan, planner = Plan(), Planner(new, NAMING, NOON + 2 * HOUR, moves_waits)
    for journey in [name for name, waits in store.waits.items() if waits or store.table.held(name)]:
        for waiting in planner.about(*store.situation(journey)):
            plan.add(waiting)
    return plan.to_json()


def counts(new: Ruleset, store: MemoryStore | None = None) -> dict[str, dict[str, int]]:
    return {
        rule: {kind: one["count"] for kind, one in kinds.items()}
        for rule, kinds in planned(new, store).items()
    }


def test_the_same_rules_change_nothing() -> None:
    assert counts(the_rules()) == {"offer": {"unchanged": 2}, "review": {"unchanged": 2}}


def test_asking_changes_nothing_either() -> None:
    store = a_shop_that_waits(the_rules())
    before = {journey: dict(waits) for journey, waits in store.waits.items()}
    planned(the_rules(REVIEW, REVIEW + "    mode: off\n"), store)

    assert store.waits == before
    assert not store.effects


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_a_rule_that_is_off_cancels_its_waits(mode: str) -> None:
    found = counts(the_rules(REVIEW, f"{REVIEW}    mode: {mode}\n"))

    assert found == {"offer": {"unchanged": 2}, "review": {"cancelled": 2}}


def test_a_rule_that_is_gone_cancels_its_waits() -> None:
    assert counts(the_rules(REVIEW, "id: another\n"))["review"] == {"cancelled": 2}


def test_a_renamed_rule_takes_its_waits_along() -> None:
    renamed = the_rules(REVIEW, "id: another\n    renamed_from: review\n")

    assert counts(renamed)["review"] == {"unchanged": 2}


def test_a_condition_that_fails_blocks() -> None:
    stricter = the_rules("if: order.returned = false", "if: order.total > 100 EUR")

    assert planned(stricter)["review"]["blocked"]["samples"][0] == {
        "order": "A1",
        "was": "send hello (review) at 2026-03-04T13:00:00.000000Z",
        "becomes": "condition_false order.total > 100 EUR at 2026-03-04T13:00:00.000000Z",
    }


def test_a_condition_that_holds_again_unblocks() -> None:
    store = a_shop_that_waits(the_rules("if: order.returned = false", "if: order.total > 100 EUR"))

    assert counts(the_rules(), store)["review"] == {"unblocked": 2}


def test_a_longer_delay_leaves_due_times_as_they_are_and_says_for_whom_it_holds() -> None:
    longer = the_rules("2 days after", "9 days after")

    assert counts(longer)["review"] == {"kept": 2}
    sample = planned(longer)["review"]["kept"]["samples"][0]
    assert sample["keeps"] == "2026-03-04T13:00:00.000000Z"
    assert sample["begins_later"] == "9 days after order.delivered"


def test_what_waits_moves_where_its_publisher_wants_that() -> None:
    found = planned(the_rules("2 days after", "9 days after"), moves_waits=True)["review"]

    assert found["moved"]["count"] == 2
    assert found["moved"]["samples"][0]["becomes"].endswith(" at 2026-03-11T13:00:00.000000Z")


def test_what_is_pinned_stays_with_its_rules() -> None:
    store = a_shop_that_waits(the_rules(REVIEW, f"{REVIEW}    in_flight: pin\n"))

    assert counts(the_rules("if: order.returned = false", "if: order.total > 100 EUR"), store)[
        "review"
    ] == {"unchanged": 2}


def test_another_template_or_category_is_a_change() -> None:
    template = the_rules("send: hello, category: review", "send: offer, category: review")
    category = the_rules("send: hello, category: review", "send: hello, category: sales")

    assert planned(template)["review"]["changed"]["samples"][0]["becomes"].startswith(
        "send offer (review)"
    )
    assert planned(category)["review"]["changed"]["samples"][0]["becomes"].startswith(
        "send hello (sales)"
    )


def test_other_words_are_a_change() -> None:
    reworded = planned(the_rules("Hello.", "Good day."))

    assert reworded["review"]["changed"]["samples"][0]["becomes"].endswith(", in other words")


def test_a_held_message_is_planned_for_too() -> None:
    night = timedelta(hours=11)
    store = MemoryStore(the_rules(), NAMING, frozenset({"email"}))
    parcel = an_event("shipment.shipped", "s", at=NOON + night, things={"shipment": "P1"})
    Simulator(store).play([placed(at=NOON + night), parcel])
    off = the_rules("id: shipped\n", "id: shipped\n    mode: off\n")

    assert counts(the_rules(), store) == {"shipped": {"unchanged": 1}}
    assert counts(off, store) == {"shipped": {"cancelled": 1}}


def test_who_waits_as_a_customer_is_told_by_the_shops_own_id() -> None:
    store = a_shop_that_waits(the_rules(_OFFER, WEEKLY + _OFFER))
    sample = planned(the_rules(), store)["weekly"]["cancelled"]["samples"][0]

    assert sample["customer"] == "C1"
    assert sample["was"] == "send hello (sales) at 2026-03-03T09:00:00.000000Z"


def added(new: Ruleset, *events: Event, now: datetime = NOON + 2 * HOUR) -> dict[str, Any]:
    """What everybody would begin to wait for, also those who have no journey yet."""
    store, plan, planner = a_shop_that_waits(the_rules()), Plan(), Planner(new, NAMING, now)
    store.ingest(events, now)
    for subject in store.log.subjects:
        store.journeys.setdefault(NAMING.journey(subject), MemoryJourney(subject))
        for waiting in planner.added(*store.situation(NAMING.journey(subject))):
            plan.add(waiting)
    return plan.to_json()


def promised(on: str) -> Event:
    """An event that no rule hears, and that a journey reads only when it is woken."""
    data = {"order.promised_on": on}
    return an_event("order.confirmed", "p", at=NOON + HOUR, order="A2", customer="C2", data=data)


def test_a_new_schedule_is_waited_for_by_every_customer() -> None:
    found = added(the_rules(_OFFER, WEEKLY + _OFFER))

    assert found.keys() == {"weekly"}
    assert found["weekly"]["added"]["count"] == 2
    assert found["weekly"]["added"]["samples"][0] == {
        "customer": "C1",
        "becomes": "send hello (sales) at 2026-03-03T09:00:00.000000Z",
    }


def test_a_date_is_waited_for_where_it_is_known_and_ahead() -> None:
    dated = the_rules(_OFFER, DATED + _OFFER)
    found = added(dated, promised("2026-03-10"))["dated"]["added"]

    assert (found["count"], found["samples"][0]["order"]) == (1, "A2")
    assert found["samples"][0]["becomes"].startswith("send hello (delivery) at 2026-03-1")
    assert added(dated) == {}
    assert added(dated, promised("2026-02-10")) == {}


def test_one_who_would_speak_late_at_once_is_added_too() -> None:
    ahead = the_rules(
        _OFFER,
        DATED.replace(
            "2 days after order.promised_on", "9 days before order.promised_on, if_late: send"
        )
        + _OFFER,
    )

    assert added(ahead, promised("2026-03-10"))["dated"]["added"]["samples"][0]["becomes"].endswith(
        "at 2026-03-02T14:00:00.000000Z"
    )


@pytest.mark.parametrize(
    "rule",
    [
        WEEKLY.replace("weekly,", "weekly, mode: off,"),
        (
            "  - {id: new, when: order.changed, once_per: event, do: [{send: hello, category: "
            "sales}]}\n"
        ),
        (
            "  - {id: n, when: 9 days without order.placed since order.delivered, do: [{send: "
            "hello, category: sales}]}\n"
        ),
    ],
)
def test_what_is_off_or_needs_an_event_is_waited_for_by_nobody(rule: str) -> None:
    assert added(the_rules(_OFFER, rule + _OFFER)) == {}


def test_a_renamed_schedule_adds_nothing() -> None:
    store = a_shop_that_waits(the_rules(_OFFER, WEEKLY + _OFFER))
    renamed = the_rules(_OFFER, WEEKLY.replace("weekly,", "other, renamed_from: weekly,") + _OFFER)
    planner = Planner(renamed, NAMING, NOON + 2 * HOUR)

    assert not [
        one for journey in store.journeys for one in planner.added(*store.situation(journey))
    ]


def test_three_examples_are_enough() -> None:
    plan, store = Plan(), a_shop_that_waits(the_rules())
    planner = Planner(the_rules(REVIEW, "id: another\n"), NAMING, NOON + 2 * HOUR)
    for _ in range(4):
        for waiting in planner.about(*store.situation("order:a shop%2F1/A1")):
            plan.add(waiting)

    count, samples = plan.rules["review"]["cancelled"]
    assert (count, len(samples)) == (4, 3)
    assert not plan.changes_nothing
