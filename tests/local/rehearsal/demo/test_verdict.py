"""The judge of a demo must not be blind: what is lost, sent twice or unexpected is found, and
nothing else is.
"""

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from activities.channels.port import message_id
from engine.decisions.effects import Effect
from engine.decisions.reason import Reason
from local.mail_sink.mailbox import Mailbox
from local.parts import SENDER_DOMAIN
from local.rehearsal.demo.log import moved, parsed, read_log
from local.rehearsal.demo.verdict import DemoVerdict, copies_in, log_of, verdict_of
from local.rehearsal.judge import Judgement, Trial
from process.shipped import SAMPLES
from tests.engine.builders import (
    DAY,
    NAMING,
    NOON,
    a_firing,
    a_rule,
    a_ruleset,
    a_send,
    an_effect,
    an_event,
    told,
)
from tests.rules.story import the_rules

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVENTS = [an_event("order.placed"), told()]


def a_message(name: str, state: str = "sent", kind: Any = "send", **changes: Any) -> Effect:
    told = {"key": f"j/rule/o/{name}", "name": name, "state": state, **changes}
    message: Effect = an_effect(a_firing(), kind=kind, **told)
    return message


def arrived(folder: Path, *names: str) -> Path:
    """Mails in the sink, by the name of their message."""
    mailbox = Mailbox(folder)
    for name in names:
        mail = EmailMessage()
        mail["Message-ID"] = f"<{message_id(f'j/rule/o/{name}', 'purna.example')}>"
        mailbox.keep(mail.as_bytes())
    return folder


def judged(expected: list[Effect], ledger: list[Effect], mail: Path) -> DemoVerdict:
    log = log_of(EVENTS, the_rules(), NAMING)
    trial = Trial(log, ledger, copies_in(mail), SENDER_DOMAIN, {})
    return verdict_of(Judgement(trial, {row.key: row for row in expected}), EVENTS, 1.234)


def faults(verdict: DemoVerdict) -> tuple[int, int, int]:
    assert verdict.is_clean is (not (verdict.lost or verdict.duplicates or verdict.unexpected))
    return verdict.lost, verdict.duplicates, verdict.unexpected


def test_what_was_expected_and_arrived_is_clean(tmp_path: Path) -> None:
    rows = [a_message("a"), a_message("b")]
    verdict = judged(rows, rows, arrived(tmp_path, "a", "b"))

    assert faults(verdict) == (0, 0, 0)
    assert (verdict.messages, verdict.orders, verdict.events, verdict.seconds) == (2, 1, 2, 1.2)


def test_a_message_that_did_not_arrive_is_lost_though_the_ledger_says_sent(tmp_path: Path) -> None:
    rows = [a_message("a"), a_message("b")]

    assert faults(judged(rows, rows, arrived(tmp_path, "a"))) == (1, 0, 0)


def test_a_message_the_ledger_never_heard_of_is_lost(tmp_path: Path) -> None:
    assert faults(judged([a_message("a")], [], arrived(tmp_path))) == (1, 0, 0)


@pytest.mark.parametrize("state", ["wanted", "claimed", "leaving"])
def test_a_message_that_is_still_open_is_lost(tmp_path: Path, state: str) -> None:
    assert faults(judged([a_message("a")], [a_message("a", state)], arrived(tmp_path))) == (1, 0, 0)


def test_a_message_nobody_is_sure_of_is_not_lost(tmp_path: Path) -> None:
    verdict = judged([a_message("a")], [a_message("a", "uncertain")], arrived(tmp_path))

    assert (faults(verdict), verdict.uncertain) == ((0, 0, 0), 1)


def test_a_message_left_unsaid_for_a_reason_is_not_lost(tmp_path: Path) -> None:
    verdict = judged(
        [a_message("a")], [a_message("a", "dropped", reason=Reason.NO_CONSENT)], arrived(tmp_path)
    )

    assert (faults(verdict), verdict.suppressed) == ((0, 0, 0), 1)


def test_a_second_copy_is_a_duplicate(tmp_path: Path) -> None:
    rows = [a_message("a"), a_message("b")]

    assert faults(judged(rows, rows, arrived(tmp_path, "a", "b", "a", "a"))) == (0, 2, 0)


def test_a_copy_that_the_ledger_marked_as_resent_is_none(tmp_path: Path) -> None:
    rows = [a_message("a", resent=1)]

    assert faults(judged(rows, rows, arrived(tmp_path, "a", "a"))) == (0, 0, 0)
    assert faults(judged(rows, rows, arrived(tmp_path, "a"))) == (0, 1, 0)


def test_a_message_nobody_asked_for_is_unexpected(tmp_path: Path) -> None:
    rows = [a_message("a")]

    assert faults(judged(rows, rows, arrived(tmp_path, "a", "stray"))) == (0, 1, 1)


def test_a_mail_that_the_ledger_does_not_know_is_found_though_it_was_expected(
    tmp_path: Path,
) -> None:
    assert faults(judged([a_message("a")], [], arrived(tmp_path, "a"))) == (0, 1, 0)


def test_a_message_that_should_have_been_left_unsaid_is_unexpected_though_the_ledger_has_it(
    tmp_path: Path,
) -> None:
    expected = [a_message("a", "dropped", reason=Reason.SUPPRESSED_BY)]

    assert faults(judged(expected, [a_message("a")], arrived(tmp_path, "a"))) == (0, 0, 1)


def test_a_mail_without_an_id_is_unexpected(tmp_path: Path) -> None:
    Mailbox(tmp_path).keep(b"Subject: hello\r\n\r\nHello.\r\n")

    assert faults(judged([], [], tmp_path)) == (0, 1, 1)


def test_calls_and_silences_leave_no_mail_and_are_not_missed(tmp_path: Path) -> None:
    call = an_effect(kind="call", name="open_case", state="done")

    assert faults(judged([call], [call], arrived(tmp_path))) == (0, 0, 0)


def test_what_was_held_on_the_way_is_counted(tmp_path: Path) -> None:
    rows = [a_message("a", held_until=NOON), a_message("b")]

    assert judged(rows, rows, arrived(tmp_path, "a", "b")).held == 1


def test_a_verdict_tells_every_figure_by_name(tmp_path: Path) -> None:
    verdict = judged([], [], arrived(tmp_path))

    assert verdict.to_json() == {
        "orders": 1, "events": 2, "messages": 0, "suppressed": 0, "held": 0, "uncertain": 0,
        "lost": 0,
        "duplicates": 0, "unexpected": 0, "seconds": 1.2,
    }  # fmt: skip


def test_the_replay_sends_what_the_rules_say_and_waits_long_enough_for_all_of_it() -> None:
    events = parsed(moved(read_log(SAMPLES, None), NOW), the_rules().catalog, NOW)
    ledger = log_of(events, the_rules(), NAMING).replayed()

    assert {row.state for row in ledger.values()} <= {"sent", "dropped", "done"}
    assert {row.name for row in ledger.values() if row.state == "sent"} >= {
        "review_request",
        "next_order_offer",
    }


def test_the_replay_does_not_mind_in_which_order_the_log_stands() -> None:
    rule = a_rule("hello", "order.placed", a_send())
    late = told(NOON + 2 * DAY, email="ana@example.com")
    early = an_event("order.placed")

    ledger = log_of([late, early], a_ruleset(rule), NAMING).replayed()
    assert [row.state for row in ledger.values()] == ["sent"]
