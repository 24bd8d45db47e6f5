"""Which cases are played, and what a run says of itself."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bench.chaos import __main__ as chaos
from bench.chaos.cases import CASES, case
from bench.chaos.result import CaseResult, MessageFigures, report
from bench.chaos.run import ChosenCases
from bench.chaos.small_run import SMALL
from bench.chaos.stories import StoryOrder, noon_zone


def test_without_a_choice_every_case_is_played_in_the_order_of_the_list() -> None:
    faults = [one.fault for one in ChosenCases(1, 1, []).cases()]

    assert faults == sorted(CASES, key=lambda fault: (fault[0], int(fault[1:])))
    assert {"F1", "F2", "F3", "F4", "F15", "F21"} < set(faults)


def test_a_choice_is_played_and_nothing_else() -> None:
    assert [one.fault for one in ChosenCases(1, 1, ["F15", "F4"]).cases()] == ["F4", "F15"]


def test_a_small_run_is_made_of_cases_that_exist() -> None:
    assert [one.fault for one in ChosenCases(1, 1, [*SMALL]).cases()] == [*SMALL]


def test_a_case_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="F16"):
        ChosenCases(1, 1, ["F16"]).cases()


def test_two_cases_cannot_be_one_fault() -> None:
    with pytest.raises(ValueError, match="two cases F1"):
        case("F1", "again")(CASES["F1"].play)


@pytest.mark.parametrize(
    ("name", "value"), [("CHAOS_ORDERS", "0"), ("CHAOS_SEED", "x"), ("CHAOS_FAULTS", "F99")]
)
def test_a_setting_that_makes_no_sense_ends_with_two(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    assert chaos.main() == 2


def test_a_run_has_passed_if_it_played_something_and_all_of_it_passed() -> None:
    good, bad = CaseResult("F1", "one"), CaseResult("F2", "two", why=("1 lost",))

    assert report(1, 1, [good])["passed"]
    assert not report(1, 1, [good, bad])["passed"]
    assert not report(1, 1, [])["passed"]


def test_only_what_a_busy_machine_can_cause_is_played_once_more() -> None:
    slow = CaseResult("F1", "one", slow=("recovered after 20 s",))

    assert slow.is_only_slow
    assert not slow.passed
    assert not replace(slow, why=("1 lost",)).is_only_slow
    assert not CaseResult("F1", "one").is_only_slow


def test_a_result_names_every_figure() -> None:
    told = CaseResult("F1", "one", MessageFigures(expected=3), why=("1 lost",)).to_json()

    assert {
        "expected",
        "delivered",
        "lost",
        "duplicate",
        "uncertain",
        "wrong",
        "forbidden",
    } < told.keys()
    assert (told["passed"], told["why"]) == (False, ["1 lost"])
    assert "FAILED" in CaseResult("F1", "one", why=("1 lost",)).line()


def test_the_same_seed_tells_the_same_story() -> None:
    lives = [
        StoryOrder("t", "1").life(datetime.now(UTC).replace(microsecond=0), random.Random(7))
        for _ in range(2)
    ]

    assert [event["type"] for event in lives[0]] == [event["type"] for event in lives[1]]


def test_it_is_noon_for_customers() -> None:
    assert datetime.now(UTC).astimezone(ZoneInfo(noon_zone())).hour == 12
