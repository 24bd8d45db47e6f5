"""What an older program wrote under a shorter name goes on, and nothing is said twice."""

from dataclasses import replace
from typing import Any

from engine.catalog.values import parse_duration
from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.rules.rule import After, Listened, OncePer, Rule, Silence
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_firing,
    a_happening,
    a_rule,
    a_ruleset,
    a_situation,
    an_event,
    decided,
    reasons,
    said,
    shipped,
)

REVIEWED = an_event("review.received", NOON, things={"review": "R1"})
OPINION = a_rule(
    "opinion",
    trigger=After(parse_duration("2 days"), "review.received"),
    once_per=OncePer(("customer",)),
)
SILENCE = Silence(
    parse_duration("48 hours"), Listened("shipment.scanned"), Listened("shipment.shipped")
)
QUIET = a_rule("quiet", trigger=SILENCE, about="shipment", once_per=OncePer(("event",)))


def older(rule: Rule, occurrence: str, **changes: Any) -> Firing:
    told = {"about": ("review", "R1"), "event": "review.received", "form": "after", **changes}
    return a_firing(rule.id, occurrence=occurrence, due_at=NOON + 2 * DAY, **told)


def test_a_wait_whose_event_comes_once_more_is_waited_for_once() -> None:
    wait = older(OPINION, "customer")
    outcome = decided(a_ruleset(OPINION), a_situation(REVIEWED, waiting=(wait,)))

    assert [one.occurrence for one in outcome.waits] == ["customer+review:R1"]
    assert outcome.ended_waits == (wait,)


def test_a_key_that_was_taken_is_taken_for_the_newer_name() -> None:
    taken = OnceKey("customer:shop/C1", "opinion", "customer", "order:shop/A1/customer", NOON)
    wait = older(OPINION, "customer+review:R1")
    known = a_situation(REVIEWED)
    situation = a_situation(
        subjects=known.subjects, facts=known.subjects.order, waiting=(wait,), once=(taken,)
    )

    assert reasons(decided(a_ruleset(OPINION), situation, NOON + 2 * DAY)) == ["already_done"]


def test_lines_that_wait_under_one_name_speak_under_two() -> None:
    lines = (
        After(parse_duration("1 day"), "shipment.shipped"),
        After(parse_duration("2 days"), "shipment.shipped"),
    )
    rule = replace(
        a_rule("twice", trigger=lines[0], once_per=OncePer(("order",), parse_duration("1 hour"))),
        triggers=lines,
    )
    name = "order:A1+shipment.shipped+shipment:P1+2026-03-02T12:00:00.000000Z"
    of_parcel = {"about": ("shipment", "P1"), "event": "shipment.shipped"}
    waits = tuple(older(rule, name, line=line, **of_parcel) for line in (0, 1))
    known = a_situation(shipped())
    first, second = (
        decided(
            a_ruleset(rule),
            a_situation(subjects=known.subjects, facts=known.subjects.order, waiting=(wait,)),
            NOON + 2 * DAY,
        )
        for wait in waits
    )

    assert said(first) == said(second) == ["hello"]
    assert first.effects[0].key != second.effects[0].key
    assert second.ended_waits == (waits[1],)


def test_a_scan_ends_every_silence_that_had_begun() -> None:
    begun = tuple(
        older(
            QUIET,
            f"shipment.shipped+shipment:P1+{number}",
            about=("shipment", "P1"),
            event="shipment.shipped",
            form="silence",
        )
        for number in (1, 2, 3)
    )
    scan = an_event("shipment.scanned", NOON + HOUR, things={"shipment": "P1"})
    situation = a_situation(shipped(), scan, waiting=begun)
    outcome = decided(
        a_ruleset(QUIET),
        replace(situation, history=(a_happening("shipment.scanned", NOON + HOUR),)),
        NOON + HOUR,
    )

    assert [one.due_at for one in outcome.waits] == [NOON + HOUR + 2 * DAY]
    assert set(outcome.ended_waits) == set(begun)
