from datetime import date, time

import pytest

from engine.catalog.calendar import ShopCalendar
from engine.catalog.values import parse_duration
from engine.language.known import Actions, ParameterSpec
from engine.language.reader import read_ruleset
from engine.rules.policies import Attached, Digest, Mix
from engine.rules.rule import Argument
from tests.engine.language.folders import a_folder, a_rule, only_problem, problems_of, read

OWN = "version: 1\nevents: {carrier.fell_silent: {about: customer}}\n"
CASE: Actions = {
    "open_case": {"tier": ParameterSpec(required=False), "order": ParameterSpec(required=False)}
}


def policies(*lines: str) -> str:
    return "\n".join(["version: 1", *lines]) + "\n"


def test_the_calendar_says_which_days_are_no_business_days() -> None:
    said = policies("calendar: {country: FR, weekend: [friday, saturday], closed: [2026-12-24]}")
    calendar = read(policies=said).policies.shop.calendar
    assert calendar == ShopCalendar("FR", frozenset({4, 5}), frozenset({date(2026, 12, 24)}))
    assert read().policies.shop.calendar == ShopCalendar()


def test_a_shop_may_work_on_every_day() -> None:
    assert (
        read(policies=policies("calendar: {weekend: []}")).policies.shop.calendar.weekend
        == frozenset()
    )


def test_a_mix_and_a_digest() -> None:
    mix = (
        "mix: {never_two_in_a_row: [sales, recommendation], valid_for: 7 days, forgotten_after: "
        "14 days}"
    )
    digest = (
        'digest: {categories: [loyalty, sales], at_least: 3, template: hello, send_at: "10:00"}'
    )
    found = read(policies=policies(mix, digest)).policies
    lengths = parse_duration("7 days"), parse_duration("14 days")
    assert found.mix == (Mix(("sales", "recommendation"), "hold", *lengths),)
    assert found.digest == Digest(("loyalty", "sales"), 3, "hello", time(10))


def test_a_breaker_holds_rules_by_a_condition_they_can_ask() -> None:
    line = (
        "breakers: [{id: silent, if: now - carrier.last_scan_at >= 12 hours, holds: a-rule, "
        "at_most: 2 days, "
    )
    (told,) = read(policies=policies(f"{line}tell_team: true}}]")).policies.breakers
    assert (told.id, told.holds, told.at_most) == ("silent", ("a-rule",), parse_duration("2 days"))
    assert (told.tells_team, told.emits, len(told.conditions)) == (True, None, 1)
    (emitted,) = read(
        policies=policies(f"{line}emit: carrier.fell_silent}}]"), catalog=OWN
    ).policies.breakers
    assert (emitted.tells_team, emitted.emits) == (False, "carrier.fell_silent")


def test_the_history_that_a_breaker_asks_for_is_watched() -> None:
    line = (
        "breakers: [{id: lost, if: number of shipment.lost within 2 days > 3, holds: a-rule, "
        "at_most: 2 days}]"
    )
    assert "shipment.lost" in read(policies=policies(line)).watched


def test_parameters_are_attached_to_calls() -> None:
    line = "attach: [{actions: [open_case], with: {tier: customer.tier, order: order.id}}]"
    arguments = {"tier": Argument(name="customer.tier"), "order": Argument(name="order.id")}
    ruleset = read_ruleset(a_folder(policies=policies(line)), CASE)
    assert ruleset.policies.attach == (Attached(("open_case",), arguments),)


def test_picks_are_never_those_of_a_reason() -> None:
    never = "{had: customer.bought contains item.id, poor: item.stars < 3.5}"
    recommend = read(
        policies=policies(f"recommend: {{source: co_purchase, never: {never}}}")
    ).policies.recommend
    assert recommend is not None
    assert (recommend.source, list(recommend.never)) == ("co_purchase", ["had", "poor"])
    assert read().policies.recommend is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("calendar: {country: France}", "2:21: a country such as FR, not France [J09]"),
        ("calendar: {weekend: [sun]}", "2:22: unknown weekday sun, did you mean sunday? [J09]"),
        (
            "calendar: {weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]}",
            "needs a day",
        ),
        ("calendar: {closed: [christmas]}", "a date such as 2026-03-05, not 'christmas' [J09]"),
        (
            "groups: [a]",
            "2:9: groups is a mapping from name to the rules of a group, highest first [J09]",
        ),
        ("mix: [{then: hold}]", "2:7: a mix needs never_two_in_a_row [J03]"),
        ("mix: [{never_two_in_a_row: sale}]", "unknown category sale, did you mean sales? [J07]"),
        (
            "digest: {categories: sales, template: helo}",
            "unknown template helo, did you mean hello? [J07]",
        ),
        (
            "digest: {categories: sales, template: hello, at_least: 0}",
            "a digest holds 1 message or more, not 0 [J09]",
        ),
        ("digest: {categories: sales}", "digest needs template [J03]"),
        (
            "breakers: [{id: b, if: order.express, holds: a-rul, at_most: 1 day}]",
            "unknown rule a-rul, did you mean",
        ),
        ("breakers: [{id: b, if: order.express, holds: a-rule}]", "a breaker needs at_most [J03]"),
        (
            "breakers: [{id: b, if: review.stars = 5, holds: a-rule, at_most: 1 day}]",
            "a rule about shipment cannot read",
        ),
        (
            "breakers: [{id: B, if: order.express, holds: a-rule, at_most: 1 day}]",
            "id is small letters",
        ),
        (
            (
                "breakers: [{id: b, if: order.express, holds: a-rule, at_most: 1 day, emit: "
                "order.placed}]"
            ),
            "[J07]",
        ),
        (
            "attach: [{actions: x, with: {a: customer.tir}}]",
            "unknown fact customer.tir, did you mean customer.tier?",
        ),
        ("attach: [{actions: x}]", "2:10: a line of attach needs with [J03]"),
        (
            "recommend: {never: {poor: item.star < 3}}",
            "unknown fact item.star, did you mean item.stars? [J07]",
        ),
        (
            "recommend: {never: [item.stars < 3]}",
            "never is a mapping from a reason to a condition [J09]",
        ),
        ("recommend: {source: magic}", "unknown source magic; known: co_purchase [J09]"),
        (
            "caps: [{at_most: 2, per: 7 days, categories: sales, channel: sms}]",
            "unknown key channel",
        ),
    ],
)
def test_a_policy_with_a_mistake(line: str, problem: str) -> None:
    assert problem in only_problem(policies=policies(line))


def test_breakers_of_one_name_are_told() -> None:
    one = "{id: b, if: order.express, holds: a-rule, at_most: 1 day}"
    assert only_problem(policies=policies(f"breakers: [{one}, {one}]")).endswith(
        "breaker b is named twice [J06]"
    )


def test_what_is_attached_must_be_a_parameter_of_a_registered_action() -> None:
    folder = a_folder(
        a_rule(),
        policies=policies(
            "attach: [{actions: [open_case, opn_case], with: {teir: customer.tier}}]"
        ),
    )
    unknown, parameter = problems_of(folder, CASE)
    assert "unknown action opn_case, did you mean open_case? [J07]" in unknown
    assert "unknown parameter of open_case: teir, did you mean tier? [J33]" in parameter
