"""The judge, and the limits of chaos: what counts as lost, twice, uncertain or wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from activities.channels.port import message_id
from bench.chaos.limits import ChaosLimits, objections, overruns, recovery
from bench.chaos.site import RULES
from bench.chaos.stories import StoryOrder
from engine.decisions.effects import Effect
from engine.decisions.reason import Reason
from engine.facts.naming import Naming
from local.parts import SENDER_DOMAIN
from local.rehearsal.demo.log import parsed
from local.rehearsal.judge import Copy, Judgement, Trial, TrialLog, judged
from operations.rules.check import sound_rules

NOW = datetime.now(UTC)
RULESET = sound_rules(RULES, date(2026, 3, 2), otherwise="nothing was started")
ARRIVED, INVOICE = (
    "order:t/1/delivered/shipment:P1/0.0/delivered",
    "order:t/1/invoice/order:1/0.0/invoice",
)


@pytest.fixture(scope="module")
def clean() -> Trial:
    """One order, whose ledger and sink hold exactly what the replay sends: an invoice and two
    courtesies.
    """
    order = StoryOrder("t", "1")
    raw = [
        order.event("order.confirmed", NOW - timedelta(minutes=2)),
        order.event("shipment.delivered", NOW),
    ]
    told = [(NOW, event) for event in parsed(raw, RULESET.catalog, NOW)]
    log = TrialLog(told, RULESET, Naming(b"n" * 32), NOW)
    rows = [row for row in log.replayed().values() if row.state == "sent"]
    return Trial(log, rows, [a_copy(row.key) for row in rows], SENDER_DOMAIN, {})


def a_copy(key: str, seconds: float = 0) -> Copy:
    at = NOW + timedelta(seconds=seconds)
    return Copy(message_id(key, SENDER_DOMAIN), "c1@t.example", at, at)


def without_copy(trial: Trial, key: str) -> Trial:
    return replace(
        trial,
        copies=[one for one in trial.copies if one.identity != message_id(key, SENDER_DOMAIN)],
    )


def with_row(trial: Trial, key: str, **changes: object) -> Trial:
    return replace(
        trial, ledger=[row.now(**changes) if row.key == key else row for row in trial.ledger]
    )


def figures(found: Judgement) -> tuple[int, ...]:
    duplicate = sum(found.duplicate.values())
    return len(found.lost), duplicate, len(found.uncertain), len(found.wrong)


def why(trial: Trial, limits: ChaosLimits | None = None) -> list[str]:
    return objections(judged(trial), limits or ChaosLimits())


def keys(rows: Sequence[Effect]) -> set[str]:
    return {row.key for row in rows}


def test_what_the_replay_sends_and_the_sink_holds_is_fine(clean: Trial) -> None:
    found = judged(clean)

    assert {ARRIVED, INVOICE} < keys(clean.ledger)
    assert (len(found.expected), len(found.arrived), figures(found)) == (3, 3, (0, 0, 0, 0))
    assert why(clean) == []


def test_a_message_that_is_in_no_ledger_and_no_sink_is_lost(clean: Trial) -> None:
    gone = without_copy(clean, ARRIVED)
    unknown = replace(gone, ledger=[row for row in gone.ledger if row.key != ARRIVED])

    assert figures(judged(unknown)) == (1, 0, 0, 0)
    assert why(unknown) == [f"1 lost: {ARRIVED} (not in the ledger)"]


def test_a_message_that_the_ledger_believes_sent_and_the_sink_has_not_is_lost(clean: Trial) -> None:
    assert figures(judged(without_copy(clean, ARRIVED))) == (1, 0, 0, 0)


def test_what_is_dropped_with_a_reason_is_not_lost_but_named_unless_the_case_allows_it(
    clean: Trial,
) -> None:
    dropped = with_row(
        without_copy(clean, ARRIVED), ARRIVED, state="dropped", reason=Reason.OVERTAKEN
    )

    assert why(dropped, ChaosLimits(excuses=frozenset({Reason.OVERTAKEN}))) == []
    assert judged(dropped).lost == []
    assert "unsaid" in why(dropped)[0]


def test_a_firing_that_was_decided_against_has_no_row_and_is_not_lost(clean: Trial) -> None:
    gone = without_copy(clean, ARRIVED)
    unsaid = {("order:t/1", "delivered", "shipment:P1"): Reason.OVERTAKEN}
    rows = [row for row in gone.ledger if row.key != ARRIVED]

    limits = ChaosLimits(excuses=frozenset({Reason.OVERTAKEN}))

    assert why(replace(gone, ledger=rows, unsaid=unsaid), limits) == []


def test_an_uncertain_message_is_counted_and_allowed_up_to_a_share(clean: Trial) -> None:
    uncertain = with_row(without_copy(clean, ARRIVED), ARRIVED, state="uncertain")

    assert figures(judged(uncertain)) == (0, 0, 1, 0)
    assert overruns(judged(uncertain), ChaosLimits(uncertain=1.0), 0.0) == []
    assert overruns(judged(uncertain), ChaosLimits(), 0.0) == ["1 uncertain of 3"]


def test_a_second_copy_is_a_duplicate_unless_the_ledger_marked_a_resend(clean: Trial) -> None:
    twice = replace(clean, copies=[*clean.copies, a_copy(INVOICE, 5)])
    resent = judged(with_row(twice, INVOICE, resent=1))

    assert figures(judged(twice)) == (0, 1, 0, 0)
    assert (figures(resent), resent.resent, resent.forbidden) == ((0, 0, 0, 0), 1, [])


def test_a_courtesy_that_was_resent_is_forbidden(clean: Trial) -> None:
    twice = replace(clean, copies=[*clean.copies, a_copy(ARRIVED, 5)])

    assert judged(with_row(twice, ARRIVED, resent=1)).forbidden == [ARRIVED]


def test_what_the_replay_would_not_send_is_wrong(clean: Trial) -> None:
    strange = replace(clean, copies=[*clean.copies, a_copy("a key of nobody")])

    assert len(judged(strange).wrong) == 1


def test_what_is_still_open_is_named(clean: Trial) -> None:
    assert why(with_row(clean, INVOICE, state="leaving")) == [f"1 open at the end: {INVOICE}"]


def test_a_case_in_which_nothing_was_expected_proves_nothing(clean: Trial) -> None:
    nothing = replace(clean, log=replace(clean.log, log=[]), ledger=[], copies=[])

    assert why(nothing) == ["nothing was expected: the case proves nothing"]


def test_recovery_counts_what_was_due_before_the_fault_was_over(clean: Trial) -> None:
    gone = without_copy(clean, ARRIVED)
    late = judged(replace(gone, copies=[*gone.copies, a_copy(ARRIVED, 9)]))

    assert recovery(late, NOW) == pytest.approx(9)
    assert recovery(late, NOW - timedelta(days=4)) == 0
    assert overruns(late, ChaosLimits(recovers_within=8), 9.0) == [
        "recovered after 9.0 s, not within 8"
    ]
