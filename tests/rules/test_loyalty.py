"""Tiers: the message and the perk that come with them, and the longer time to send things back."""

from datetime import date
from decimal import Decimal

import pytest

from engine.catalog.values import Duration, parse_duration
from tests.rules.story import Story


def test_a_higher_tier_is_told_with_its_perk() -> None:
    story = Story()
    story.tier("10 Mar 10:00", "gold")

    assert story.sent("tier_reached") == ["10 Mar 10:01"]
    assert story.perks("10 Mar 10:05") == ["free_return_shipping"]


def test_the_perk_ends_after_a_year() -> None:
    story = Story()
    story.tier("10 Mar 10:00", "gold")
    (perk,) = (row.arguments for row in story.store.effects.values() if row.kind == "emit")

    assert perk["perk.expires_at"] == "2027-03-10T10:00:00.000000Z"
    assert perk["perk.uses_left"] == 3


def test_the_perk_is_used_up_after_three_times() -> None:
    story = Story()
    story.tier("10 Mar 10:00", "gold")
    story.tell(
        "11 Mar 10:00", "perk.used", None, perk={"name": "free_return_shipping", "uses_left": 1}
    )
    assert story.perks("11 Mar 11:00") == ["free_return_shipping"]

    story.tell(
        "12 Mar 10:00", "perk.used", None, perk={"name": "free_return_shipping", "uses_left": 0}
    )
    assert story.perks("12 Mar 11:00") == []


def test_the_tier_message_comes_once_per_tier_with_the_perk() -> None:
    story = Story()
    story.tier("10 Mar 10:00", "gold")
    story.tier("20 Mar 10:00", "silver", "down")
    story.tier("30 Mar 10:00", "gold")
    story.tier("20 Apr 10:00", "platinum")

    assert story.sent("tier_reached") == ["10 Mar 10:01", "20 Apr 10:01"]
    assert story.silent("tier-reached") == ["condition_false", "already_done"]
    assert len([row for row in story.store.effects.values() if row.kind == "emit"]) == 2


@pytest.mark.parametrize(
    ("tier", "direction"), [("silver", "up"), ("none", "down"), ("gold", "down")]
)
def test_a_tier_that_is_lower_or_low_is_not_told(tier: str, direction: str) -> None:
    story = Story()
    story.tier("10 Mar 10:00", tier, direction)

    assert (story.messages(), story.perks("11 Mar 10:00")) == ([], [])


def test_a_change_that_does_not_say_its_direction_is_not_told() -> None:
    story = Story()
    story.tell("10 Mar 10:00", "loyalty.tier_changed", None, customer={"tier": "gold"})

    assert story.silent("tier-reached") == ["fact_unknown"]


def test_the_perk_comes_also_without_consent_to_the_message() -> None:
    story = Story("review")
    story.tier("10 Mar 10:00", "gold")

    assert story.unsaid("tier_reached") == ["no_consent"]
    assert story.perks("11 Mar 10:00") == ["free_return_shipping"]


def test_an_unhappy_customer_gets_the_perk_but_no_message() -> None:
    story = Story()
    story.review("9 Mar 10:00", 1)
    story.tier("10 Mar 10:00", "gold")

    assert story.unsaid("tier_reached") == ["suppressed_by"]
    assert story.perks("11 Mar 10:00") == ["free_return_shipping"]


def delivered(tier: str | None, promised: str) -> Story:
    """An order that came on 4 March."""
    story = Story()
    if tier:
        story.tier("1 Mar 11:00", tier)
    story.tell("2 Mar 10:00", "order.placed", order={"promised_on": promised})
    story.delivered("4 Mar 10:00")
    return story


@pytest.mark.parametrize(
    ("tier", "days", "ends_on"),
    [
        (None, 30, date(2026, 4, 3)),
        ("silver", 30, date(2026, 4, 3)),
        ("gold", 45, date(2026, 4, 18)),
        ("platinum", 60, date(2026, 5, 3)),
    ],
)
def test_a_higher_tier_has_more_time_to_send_things_back(
    tier: str | None, days: int, ends_on: date
) -> None:
    answered = delivered(tier, "2026-03-04").answer("return_window", "5 Mar 10:00")

    assert (answered.value, answered.ends_on) == (Duration(Decimal(days), "day"), ends_on)
    assert len(answered.proof) == 1


def test_gold_has_45_days_and_4_more_when_late() -> None:
    answered = delivered("gold", "2026-03-03").answer("return_window", "5 Mar 10:00")

    assert (answered.value, answered.ends_on) == (parse_duration("49 days"), date(2026, 4, 22))
    assert [(line.place.partition(":")[0], str(line.gave)) for line in answered.proof] == [
        ("answers.yaml", "45 days"),
        ("answers.yaml", "4 days"),
    ]
    read = [finding.read for line in answered.proof for finding in line.findings]
    assert read == [(("customer.tier", "gold"),), (("order.days_late", 1),)]


def test_the_window_is_open_on_its_last_day_and_closed_on_the_next() -> None:
    story = delivered(None, "2026-03-04")

    assert story.answer("return_window", "3 Apr 23:59").open
    assert story.answer("return_window", "4 Apr 00:00").open is False


def test_before_delivery_the_window_has_no_end() -> None:
    story = Story()
    story.tell("2 Mar 10:00", "order.placed", order={"promised_on": "2026-03-04"})

    answered = story.answer("return_window", "3 Mar 10:00")
    assert (answered.value, answered.ends_on, answered.open) == (
        parse_duration("30 days"),
        None,
        None,
    )


def test_an_order_without_a_promised_day_is_never_late() -> None:
    story = Story()
    story.delivered("4 Mar 10:00")

    assert story.answer("return_window", "5 Mar 10:00").value == parse_duration("30 days")
