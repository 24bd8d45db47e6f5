"""One rule that raises is a decision; the journey and its other rules go on."""

from dataclasses import replace
from datetime import time
from typing import Any

from engine.catalog.values import parse_duration
from engine.decisions.decide import decide
from engine.decisions.decision import WaitMove
from engine.decisions.reason import Reason
from engine.facts.naming import Naming
from engine.rules.rule import After, Every, Listened, Near, OncePer, Silence
from engine.rules.ruleset import Rulesets
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_broken_condition,
    a_firing,
    a_happening,
    a_line,
    a_rule,
    a_ruleset,
    a_send,
    a_situation,
    an_answer,
    an_event,
    an_order,
    decided,
    placed,
    reasons,
    said,
    shipped,
)
from tests.engine.decisions.decide_cases import waiting

SHIPPED = "shipment.shipped"
# Whoever reads it raises.
BROKEN = an_answer("patience", a_line(parse_duration("1 day"), a_broken_condition()))
WELL = a_rule("well", "shipment.shipped", a_send("other"))


def a_poisoned(*rules: Any, **changes: Any) -> Any:
    return a_ruleset(*rules, WELL, answers={"patience": BROKEN}, **changes)


def test_a_date_that_cannot_be_followed_is_an_error() -> None:
    near = a_rule(
        "near",
        trigger=Near(("answer.patience",), before=False, fact="order.promised_on"),
        about="order",
    )
    outcome = decided(a_poisoned(near), a_situation(placed(promised_on="2026-03-09"), shipped()))

    assert (said(outcome), sorted(map(str, reasons(outcome)))) == (["other"], ["None", "error"])
    assert (
        next(one.by for one in outcome.decisions if one.reason is Reason.ERROR)
        == "ZeroDivisionError: broken"
    )


def test_a_silence_that_cannot_be_measured_is_an_error_when_it_is_due() -> None:
    silent = Silence("answer.patience", Listened("shipment.scanned"), Listened("shipment.shipped"))
    wait = a_firing("silent", form="silence", due_at=NOON + DAY)
    scanned = a_happening("shipment.scanned", NOON + HOUR)
    rule = a_rule("silent", trigger=silent, about="shipment", once_per=OncePer(("shipment",)))
    situation = a_situation(shipped(), waiting=(wait,), history=(scanned,), events=())

    outcome = decided(a_poisoned(rule), situation, NOON + DAY)
    assert (reasons(outcome), outcome.ended_waits, outcome.wake.at) == (["error"], (wait,), None)


def test_a_pinned_wait_that_cannot_be_moved_is_an_error_and_stays() -> None:
    pinned = a_rule(
        "ask",
        trigger=After("answer.patience", "shipment.shipped"),
        in_flight="pin",
        about="shipment",
    )
    steady = a_rule(
        "ask", trigger=After(parse_duration("2 days"), "shipment.shipped"), about="shipment"
    )
    wait = waiting(
        "ask",
        occurrence="shipment:P1",
        about=("shipment", "P1"),
        revision="r0",
        due_at=NOON + 9 * DAY,
    )
    situation = a_situation(shipped(), waiting=(wait,))

    outcome = decided(a_ruleset(steady, WELL), situation, NOON, a_poisoned(pinned, revision="r0"))
    assert (said(outcome), sorted(map(str, reasons(outcome)))) == (["other"], ["None", "error"])
    assert outcome.wake.at == NOON + 9 * DAY


def test_a_move_that_fails_is_an_error_once_and_the_wait_keeps_its_moment() -> None:
    steady, broken = (
        a_rule("ask", trigger=After(length, "shipment.shipped"), about="shipment")
        for length in (parse_duration("9 days"), "answer.patience")
    )
    wait = waiting(
        "ask",
        occurrence="shipment:P1",
        about=("shipment", "P1"),
        event="shipment.shipped",
        form="after",
        due_at=NOON + 9 * DAY,
    )
    situation = a_situation(shipped(), waiting=(wait,))
    moves = WaitMove(1, "r2", NOON + DAY), WaitMove(2, "r3", NOON + 2 * DAY)
    own = replace(situation.own, facts=an_order(shipped()), revision="r1", moves=moves)
    sooner = a_rule(
        "ask", trigger=After(parse_duration("5 days"), "shipment.shipped"), about="shipment"
    )

    outcome = decided(
        a_ruleset(steady, revision="r4"),
        replace(situation, own=own, events=()),
        NOON + 2 * DAY,
        a_poisoned(broken, revision="r2"),
        a_ruleset(sooner, revision="r3"),
    )
    assert [(one.rule_id, str(one.reason)) for one in outcome.decisions] == [("ask", "error")]
    assert (outcome.wake.at, outcome.own.moved) == (NOON + 5 * DAY, 2)


class _Lost(Naming):
    """Fails on the slots of schedules, which name the customer."""

    def plain(self, value: str) -> str:
        raise ZeroDivisionError(value)


def test_a_schedule_that_cannot_be_named_is_an_error() -> None:
    every = Every(1, "day", None, time(10))
    poisoned = a_rule("poisoned", trigger=every, about="customer", once_per=OncePer(("perk",)))
    steady = a_rule("steady", trigger=every, about="customer", once_per=OncePer(()))
    event = an_event("perk.granted", order=None, things={"perk": "early"})
    situation = a_situation(event, journey="customer:x", subject="customer:shop/C1", buyer=None)

    outcome = decide(Rulesets(a_ruleset(poisoned, steady), {}), situation, _Lost(b"test"), NOON)
    assert [wait.rule_id for wait in outcome.waits] == ["steady"]
    assert Reason.ERROR in [one.reason for one in outcome.decisions if one.rule_id == "poisoned"]


def test_an_event_that_breaks_what_it_fires_is_set_aside_and_the_next_one_is_heard() -> None:
    silent = Silence(parse_duration("1 day"), Listened("shipment.scanned"), Listened(SHIPPED))
    broken = a_rule("broken", trigger=silent, about="shipment", once_per=OncePer(("shipment",)))
    steady = a_rule("steady", "order.changed", a_send("other"))
    # No sender can state such a time, and no fold makes one.
    known = an_order(shipped())
    spans = known["things"]["shipment"]["P1"]["happened"]
    spans[SHIPPED] = ["0000 no time", "0000 no time"]
    situation = a_situation(shipped(), an_event("order.changed"), facts=known)

    outcome = decided(a_ruleset(broken, steady), situation)
    assert said(outcome) == ["other"]
    assert [seq for seq, _ in outcome.quarantined] == [1]
    assert outcome.own.cursor == situation.events[-1].seq
