"""Ids of helpdesks, payers and loyalty programmes, and whom they mean."""

from collections.abc import Mapping
from typing import Any

import pytest

from engine.facts.events import Event
from engine.facts.identity.early_news import awaited_names
from engine.facts.identity.person_names import (
    CROWD,
    every_name,
    guests_named,
    is_crowded,
    person_names,
    person_of,
)
from engine.facts.identity.persons import Holders, guests_of
from tests.engine.builders import NAMING, at

H9, P7 = ("shop", "helpdesk", "H9"), ("shop", "payer", "P7")
ACCOUNT, OTHER = "customer:shop/C1", "customer:shop/C2"
GUEST, SECOND = "customer:shop/guest:1", "customer:shop/guest:2"
Known = Mapping[Any, Mapping[str, str]]


def a_case(**stated: str) -> Event:
    data = {f"customer.{key}": value for key, value in stated.items()}
    return Event("desk", "1", "support.case_opened", at("2026-03-02 09:00"), "shop", data=data)


def whom(event: Event, named: Known, held: Mapping[str, Holders] | None = None) -> str | None:
    return person_of(
        event, lambda _, one: (held or {}).get(one, {}), lambda name: named.get(name, {}), NAMING
    )


def homes(*people: str) -> Mapping[str, str]:
    return dict.fromkeys(people, "H9")


def test_every_id_that_is_one_names_the_customer() -> None:
    event = a_case(helpdesk_id="H9", payer_id="P7", loyalty_id="x" * 201)

    assert list(person_names(event)) == [H9, P7] == every_name(event) == awaited_names(event)


@pytest.mark.parametrize(
    ("having", "expected"),
    [
        ((), None),
        ((ACCOUNT,), "C1"),
        ((GUEST,), "guest:1"),
        ((GUEST, ACCOUNT), "C1"),
        ((GUEST, SECOND), None),
        ((ACCOUNT, OTHER), None),
    ],
)
def test_a_name_means_the_one_account_else_the_one_guest(
    having: tuple[str, ...], expected: str | None
) -> None:
    assert whom(a_case(helpdesk_id="H9"), {H9: homes(*having)}) == expected


def test_two_names_that_mean_two_accounts_mean_nobody() -> None:
    event = a_case(helpdesk_id="H9", payer_id="P7")

    assert whom(event, {H9: homes(ACCOUNT), P7: homes(OTHER)}) is None
    assert whom(event, {H9: homes(ACCOUNT), P7: homes(GUEST)}) == "C1"
    assert whom(event, {H9: homes(ACCOUNT), P7: homes(ACCOUNT)}) == "C1"
    assert whom(event, {H9: homes(ACCOUNT, OTHER), P7: homes(OTHER)}) == "C2"


def test_the_account_of_an_address_comes_before_that_of_a_name() -> None:
    event = a_case(helpdesk_id="H9", email="ben@example.com")

    assert whom(event, {H9: homes(ACCOUNT)}, {"ben@example.com": {OTHER: None}}) == "C2"


def test_the_account_of_a_name_comes_before_the_guest_at_an_address() -> None:
    event = a_case(helpdesk_id="H9", email="ben@example.com")

    assert whom(event, {H9: homes(ACCOUNT)}) == "C1"


def test_the_guest_at_an_address_comes_before_the_guest_of_a_name() -> None:
    event = a_case(helpdesk_id="H9", email="ben@example.com")
    (guest,) = guests_of(event, NAMING)

    assert whom(event, {H9: homes(GUEST)}) == guest.partition("/")[2]


@pytest.mark.parametrize(
    ("having", "joining"),
    [
        ((GUEST,), [GUEST]),
        ((GUEST, ACCOUNT), [GUEST]),
        ((GUEST, SECOND), []),
        ((GUEST, OTHER), []),
        ((OTHER,), []),
    ],
)
def test_a_guest_joins_the_account_where_nobody_else_has_the_name(
    having: tuple[str, ...], joining: list[str]
) -> None:
    event = a_case(helpdesk_id="H9")

    assert list(guests_named(event, ACCOUNT, lambda _: homes(*having))) == joining


def test_what_many_have_is_crowded() -> None:
    people = [f"customer:shop/C{number}" for number in range(CROWD)]

    assert (is_crowded(homes(*people)), is_crowded(homes(*people[1:]))) == (True, False)
