from datetime import time

import pytest

from engine.catalog.calendar import QuietHours
from engine.catalog.values import parse_duration
from engine.rules.policies import Cap, Holdout
from tests.engine.language.folders import only_problem, read

SPECIFIED = """\
version: 1
time_zone: {from: [customer.time_zone, order.country, customer.phone], otherwise: Asia/Jakarta}
locale: en
currency: EUR
quiet_hours: {from: "22:00", to: 07:00, channels: [sms, push], then: hold}
categories:
  - {id: delivery, kind: transactional}
  - {id: cancellation, kind: transactional, essential: true, ignores: [quiet_hours]}
  - {id: loyalty, kind: marketing, title: Points, consent: none, asks_review: true}
  - {id: sales, kind: marketing}
caps:
  - {at_most: 2, per: 7 days, categories: [loyalty, sales], then: drop, valid_for: 3 days}
holdout: {percent: 5, by: customer.id, salt: 2026-h2, categories: [sales]}
"""


def test_without_the_file_everything_has_its_default() -> None:
    policies = read().policies
    names = [
        "billing",
        "cancellation",
        "delivery",
        "service",
        "review",
        "loyalty",
        "referral",
        "recommendation",
        "sales",
    ]  # as the specification lists them
    assert [category.id for category in policies.categories] == names
    assert policies.quiet_hours == QuietHours(time(21), time(8))
    assert (policies.caps, policies.holdout) == ((), None)
    assert (policies.shop.zone_otherwise, policies.shop.locale) == ("UTC", "en")


def test_default_categories_know_their_consent_and_what_they_ignore() -> None:
    known = {category.id: category for category in read().policies.categories}
    assert [name for name in known if known[name].essential] == ["billing", "cancellation"]
    assert known["delivery"].ignores == {"cap", "suppress", "holdout"}
    assert known["cancellation"].ignores == {"cap", "suppress", "holdout", "quiet_hours"}
    assert known["review"].ignores == {"suppress"}
    assert known["review"].asks_review
    assert known["sales"].ignores == frozenset()
    assert (known["sales"].consent, known["delivery"].consent) == ("opt_in", "none")


def test_every_key_is_read() -> None:
    policies = read(policies=SPECIFIED).policies
    assert policies.shop.zone_from == ("customer.time_zone", "order.country", "customer.phone")
    assert (policies.shop.zone_otherwise, policies.shop.currency) == ("Asia/Jakarta", "EUR")
    assert policies.quiet_hours == QuietHours(time(22), time(7), "hold", frozenset({"sms", "push"}))
    week, days = parse_duration("7 days"), parse_duration("3 days")
    assert policies.caps == (Cap(2, week, ("loyalty", "sales"), "drop", days),)
    assert policies.holdout == Holdout(5.0, "2026-h2", frozenset({"sales"}))


def test_a_list_of_categories_replaces_the_default_one() -> None:
    categories = read(policies=SPECIFIED).policies.categories
    assert [category.id for category in categories] == [
        "delivery",
        "cancellation",
        "loyalty",
        "sales",
    ]
    assert categories[0].ignores == {"cap", "suppress", "holdout"}
    assert categories[1].essential
    assert categories[1].ignores == {"quiet_hours"}
    assert (categories[2].title, categories[2].consent, categories[2].asks_review) == (
        "Points",
        "none",
        True,
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("groupes: {}", "2:1: unknown key groupes, did you mean groups?"),
        ("time_zone: {from: [customer.zone], otherwise: UTC}", "2:20: unknown fact customer.zone"),
        ("time_zone: {from: customer.phone}", "2:12: time_zone needs otherwise [J03]"),
        (
            "time_zone: {otherwise: Asia/Jakart}",
            "2:24: unknown time zone Asia/Jakart, did you mean Asia/Jakarta? [J09]",
        ),
        ("time_zone: {otherwise: ../../etc}", "2:24: unknown time zone"),
        ("currency: euro", "2:11: a currency such as EUR, not euro [J09]"),
        ("quiet_hours: {from: 9, to: '08:00'}", "2:21: a time of day such as 21:00, not 9 [J09]"),
        ("quiet_hours: {from: '21:00'}", "2:14: quiet_hours needs to [J03]"),
        (
            "quiet_hours: {from: '21:00', to: '08:00', then: wait}",
            "unknown then wait; known: drop, hold [J09]",
        ),
        ("quiet_hours: {from: '21:00', to: '08:00', channels: fax}", "unknown channel fax"),
        (
            "caps: [{at_most: 2, per: 7 days, categories: sale}]",
            "2:46: unknown category sale, did you mean sales? [J07]",
        ),
        (
            "caps: [{at_most: many, per: 7 days, categories: sales}]",
            "2:18: a number, not 'many' [J09]",
        ),
        (
            "caps: [{at_most: -1, per: 7 days, categories: sales}]",
            "2:18: a cap is 0 or more, not -1 [J09]",
        ),
        (
            "holdout: {percent: 101, salt: a, categories: sales}",
            "2:20: a share of 0 to 100 per cent, not 101 [J09]",
        ),
        ("holdout: {percent: 5, salt: a, categories: sales, by: order.id}", "unknown by order.id"),
        (
            "categories: [{id: a, kind: spam}]",
            "2:28: unknown kind spam; known: marketing, transactional [J09]",
        ),
        ("categories: [{id: a}]", "2:14: a category needs kind [J03]"),
        (
            "categories: [{id: a, kind: marketing, ignores: caps}]",
            "unknown gate caps, did you mean cap? [J09]",
        ),
        (
            "categories: [{id: delivery, kind: marketing}, {id: delivery, kind: marketing}]",
            "named twice [J06]",
        ),
        (
            "categories: [{id: delivery, kind: marketing, essential: yes}]",
            "true or false, not 'yes' [J09]",
        ),
    ],
)
def test_a_policy_with_a_mistake(line: str, problem: str) -> None:
    journey = "version: 1\nrules: [{id: a-rule, when: order.placed, do: {call: anything}}]\n"
    assert problem in only_problem(journey, policies=f"version: 1\n{line}\n")
