from datetime import date, time
from decimal import Decimal

import pytest

from engine.catalog.values import Duration, parse_duration
from engine.rules.rule import After, Every, Listened, Near, OncePer, OnEvent, Silence, Trigger
from tests.engine.language.folders import a_rule, only_problem, the_rule

WAIT = "version: 1\nanswers:\n  review_wait: {type: days, first: [{otherwise: 7 days}]}\n"
WINDOW = (
    "version: 1\nanswers:\n  back: {type: days, starts: order.delivered_at, first: "
    "[{otherwise: 7 days}]}\n"
)
TEN = time(10)


def days(amount: int) -> Duration:
    return Duration(Decimal(amount), "day")


def trigger(when: str, more: str = "", **files: str) -> Trigger:
    (only,) = the_rule(a_rule(when, more=more), **files).triggers
    return only


@pytest.mark.parametrize(
    ("when", "expected", "about"),
    [
        (
            "return.requested by the customer",
            OnEvent("return.requested", by_customer=True),
            "return",
        ),
        (
            "7 days after order.delivered at 10:00",
            After(days(7), "order.delivered", at=TEN),
            "order",
        ),
        (
            "3 days after loyalty.tier_ends_at",
            Near((days(3),), before=False, fact="loyalty.tier_ends_at"),
            "customer",
        ),
        (
            "2 days before order.promised_on",
            Near((days(2),), before=True, fact="order.promised_on"),
            "order",
        ),
        (
            "on shipment.eta at 10:00",
            Near((days(0),), before=False, fact="shipment.eta", at=TEN),
            "shipment",
        ),
        (
            "2 hours before subscription.renews_at",
            Near((parse_duration("2h"),), before=True, fact="subscription.renews_at"),
            "subscription",
        ),
        (
            "90 days after review.received_at",
            Near((days(90),), before=False, fact="review.received_at"),
            "review",
        ),
        ("every day at 10:00", Every(1, "day", None, TEN), "customer"),
        ("every week on Tuesday at 10:00", Every(1, "week", 1, TEN), "customer"),
        ("every month on day 31 at 10:00", Every(1, "month", 31, TEN), "customer"),
    ],
)
def test_every_form_of_when_is_a_trigger_about_a_thing(
    when: str, expected: Trigger, about: str
) -> None:
    rule = the_rule(a_rule(when))
    assert (rule.triggers, rule.about) == ((expected,), about)


def test_several_offsets_are_told_as_one_trigger() -> None:
    expected = Near(
        (days(30), days(14), days(3)), before=True, fact="loyalty.points_expire_at", at=TEN
    )
    assert trigger("30, 14 and 3 days before loyalty.points_expire_at at 10:00") == expected
    assert trigger("3 and 3 days before order.eta") == Near(
        (days(3),), before=True, fact="order.eta"
    )


def test_silence_names_what_restarts_it_and_what_arms_it() -> None:
    said = "48 hours without shipment.scanned since shipment.shipped"
    expected = Silence(
        parse_duration("48 hours"), Listened("shipment.scanned"), Listened("shipment.shipped")
    )
    assert trigger(said) == expected
    again = trigger("3 business days without order.placed by the customer since order.delivered")
    assert again == Silence(
        parse_duration("3 business days"),
        Listened("order.placed", by_customer=True),
        Listened("order.delivered"),
    )


def test_an_amount_may_be_the_name_of_a_duration() -> None:
    assert trigger("answer.review_wait after order.delivered", answers=WAIT) == After(
        "answer.review_wait", "order.delivered"
    )
    before = trigger("answer.review_wait before order.eta", answers=WAIT)
    assert before == Near(("answer.review_wait",), before=True, fact="order.eta")


def test_the_last_day_of_an_answer_is_a_date_like_any_other() -> None:
    rule = the_rule(a_rule("2 days before answer.back.ends_on"), answers=WINDOW)
    assert rule.triggers == (Near((days(2),), before=True, fact="answer.back.ends_on"),)
    assert rule.about == "order"


def test_a_list_is_several_triggers_about_one_kind_of_thing() -> None:
    rule = the_rule(
        a_rule(
            "[shipment.lost, shipment.returned_to_sender, 2 days after shipment.attempt_failed]",
            more="once_per: shipment",
        )
    )
    assert [type(one) for one in rule.triggers] == [OnEvent, OnEvent, After]
    assert rule.about == "shipment"


def test_lines_about_different_things_are_two_rules() -> None:
    problem = only_problem(a_rule("[shipment.lost, order.cancelled]"))
    assert problem.startswith(
        "journeys/a.yaml:4:27: this line is about order, the first about shipment"
    )
    assert problem.endswith("[J15]")


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        (
            "2 hours before order.eta",
            "4:11: a date takes whole days, weeks or months, not 2 hours [J09]",
        ),
        ("1.5 days before order.eta", "4:11: a date takes whole days"),
        ("10 minutes after order.delivered at 10:00", "4:11: a time of day takes whole days"),
        ("2 hours before subscription.renews_at at 10:00", "4:11: a time of day takes whole days"),
        ("2 days before order.total", "4:25: order.total is money, not a date [J09]"),
        (
            "2 days before order.delivered",
            "4:25: order.delivered is an event, whose time is order.delivered_at [J07]",
        ),
        ("3 and 7 days after order.delivered", "4:30: order.delivered is an event"),
        ("on order.etaa", "4:14: unknown date order.etaa, did you mean order.eta? [J07]"),
        (
            "2 days after order.deliverd",
            "4:24: unknown event order.deliverd, did you mean order.delivered? [J07]",
        ),
        (
            "2 days after order.eta by the customer",
            "4:24: order.eta is a date; by the customer belongs to events [J05]",
        ),
        (
            "2h without shipment.scaned since shipment.shipped",
            "4:22: unknown event shipment.scaned",
        ),
        (
            "2h without shipment.scanned since shipment.shiped",
            "4:45: unknown event shipment.shiped",
        ),
        ("order.total after order.delivered", "4:11: order.total is money, not a duration [J09]"),
        ("answer.wait after order.delivered", "4:11: unknown fact answer.wait"),
        (
            "shipment.eta_shift after review.received",
            "4:11: a rule about review cannot read shipment.eta_shift",
        ),
        ("999999 days after order.delivered", "4:11: at most 100000 days [J09]"),
        ("every day on monday at 10:00", "4:24: every day takes no `on` [J09]"),
        (
            "every week on day 3 at 10:00",
            "4:25: every week comes on a weekday such as tuesday [J09]",
        ),
        ("every month on monday at 10:00", "4:26: every month comes on a day such as day 1 [J09]"),
        ("every 0 days at 10:00", "4:17: every 1 to 1000 days [J09]"),
        (
            "every 2 weeks on tuesday at 10:00",
            "4:11: every 2 weeks counts from the week of from, which is missing [J03]",
        ),
        (
            "every week on tuesday",
            "4:32: the sentence stops too early; write `every week on tuesday at 10:00`",
        ),
        (
            "every day at 25:00",
            "4:24: 25:00 cannot stand here; may follow: a time such as 10:00 [J05]",
        ),
    ],
)
def test_a_trigger_with_a_mistake_is_told_at_its_word(when: str, problem: str) -> None:
    assert only_problem(a_rule(when)).startswith(f"journeys/a.yaml:{problem}")


def test_the_weeks_of_a_schedule_count_from_its_first_day() -> None:
    rule = the_rule(
        a_rule("every 2 weeks on tuesday at 10:00", more="from: 2026-03-03\nuntil: 2026-12-31")
    )
    assert rule.triggers == (Every(2, "week", 1, TEN),)
    assert (rule.conduct.starts_on, rule.conduct.ends_on) == (date(2026, 3, 3), date(2026, 12, 31))


@pytest.mark.parametrize(
    "when",
    [
        "shipment.scanned",
        "2 days after shipment.scanned",
        "2h without shipment.shipped since shipment.scanned",
    ],
)
def test_what_may_come_again_says_how_often(when: str) -> None:
    assert only_problem(a_rule(when)).endswith("`once_per: event` or `once_per: shipment` [J18]")


@pytest.mark.parametrize(
    "when",
    [
        "48 hours without shipment.scanned since shipment.shipped",
        "on shipment.eta",
        "every day at 10:00",
    ],
)
def test_what_comes_once_needs_no_once_per(when: str) -> None:
    assert the_rule(a_rule(when)).once_per.is_default


def test_a_date_and_a_schedule_have_no_event_to_count_by() -> None:
    for when in ("on shipment.eta", "every day at 10:00"):
        assert only_problem(a_rule(when, more="once_per: event")).endswith(
            "count by a thing or a fact [J19]"
        )
    stated = the_rule(a_rule("on shipment.eta", more="once_per: customer")).once_per
    assert (stated, stated.is_default) == (OncePer(("customer",)), False)
