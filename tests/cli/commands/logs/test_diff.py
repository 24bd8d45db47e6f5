from pathlib import Path
from typing import Any

import pytest

from tests.cli.telling import FILES, a_folder, a_log, an_order, answer, said, told

Captured = pytest.CaptureFixture[str]
LATER = ("when: 7 days after", "when: 9 days after")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return a_folder(tmp_path / "old")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return a_log(tmp_path / "log.jsonl", [event for order in "ABCD" for event in an_order(order)])


def changed(capsys: Captured, old: Path, log: Path, *changes: tuple[str, str]) -> dict[str, Any]:
    """How many messages of each rule change in which way."""
    new = a_folder(old.parent / "new", *changes)
    rules = answer(capsys, "diff", old, new, "--events", log, code=1)["rules"]
    return {
        rule: {kind: one["count"] for kind, one in kinds.items()} for rule, kinds in rules.items()
    }


def test_rules_do_not_differ_from_themselves(capsys: Captured, old: Path, log: Path) -> None:
    found = answer(capsys, "diff", old, old, "--events", log)

    assert (found["rules"], found["unchanged"]) == ({}, 8)


def test_a_comment_changes_no_message(capsys: Captured, old: Path, log: Path) -> None:
    new = a_folder(old.parent / "new", ("version: 1", "# said anew\nversion: 1"))

    assert answer(capsys, "diff", old, new, "--events", log)["rules"] == {}


def test_a_longer_delay_moves_its_messages_and_no_other(
    capsys: Captured, old: Path, log: Path
) -> None:
    new = a_folder(old.parent / "new", LATER)
    moved = answer(capsys, "diff", old, new, "--events", log, code=1)["rules"]

    assert moved.keys() == {"review-request"}
    assert moved["review-request"].keys() == {"moved"}
    assert moved["review-request"]["moved"]["count"] == 4
    assert moved["review-request"]["moved"]["samples"][0] == {
        "order": "A",
        "template": "review_request",
        "was": "2026-03-12T10:00:00.000000Z",
        "now": "2026-03-14T10:00:00.000000Z",
    }


def test_a_rule_that_is_gone_removes_its_messages(capsys: Captured, old: Path, log: Path) -> None:
    off = ("id: parcel-shipped\n", "id: parcel-shipped\n    mode: off\n")

    assert changed(capsys, old, log, off) == {"parcel-shipped": {"removed": 4}}


def test_another_event_adds_messages(capsys: Captured, old: Path, log: Path) -> None:
    earlier = (
        "when: shipment.shipped",
        "when: [shipment.shipped, shipment.delivered]\n    once_per: event",
    )

    assert changed(capsys, old, log, earlier) == {"parcel-shipped": {"added": 4}}


def test_other_words_reword_messages(capsys: Captured, old: Path, log: Path) -> None:
    assert changed(capsys, old, log, ("is on its way", "comes soon")) == {
        "parcel-shipped": {"reworded": 4}
    }


def test_the_same_words_written_otherwise_are_the_same(
    capsys: Captured, old: Path, log: Path
) -> None:
    same = ("Order {{ order.id }}", 'Order {{ order.id | or("?") }}')
    new = a_folder(old.parent / "new", same)

    assert answer(capsys, "diff", old, new, "--events", log)["rules"] == {}


def test_what_is_reworded_in_another_template_tells_the_former_one(
    capsys: Captured, old: Path, log: Path
) -> None:
    other = dict(FILES) | {"templates/en/sent.md": "---\nsubject: Sent\n---\nSent.\n"}
    new = a_folder(old.parent / "new", ("send: shipped", "send: sent"), files=other)

    assert "  shipped" in said(capsys, "diff", old, new, "--events", log, code=1)


def test_three_orders_are_shown_to_a_person(capsys: Captured, old: Path, log: Path) -> None:
    new = a_folder(old.parent / "new", LATER)
    text = said(capsys, "diff", old, new, "--events", log, code=1)

    assert "4 moved" in text
    assert text.count("order ") == 3
    assert "12 Mar 2026 10:00 UTC → 14 Mar 2026 10:00 UTC" in text


def test_an_event_that_only_one_of_them_knows_is_told_to_that_one(
    capsys: Captured, old: Path, tmp_path: Path
) -> None:
    own = {"catalog.yaml": "version: 1\nevents: {gift.wrapped: {about: order}}\n"}
    new = a_folder(tmp_path / "new")
    a_folder(new, files=own)
    log = a_log(tmp_path / "own.jsonl", [*an_order("A"), told("gift.wrapped", "A")])

    assert answer(capsys, "diff", old, new, "--events", log)["rules"] == {}
    assert "gift.wrapped" in said(capsys, "diff", old, old, "--events", log, code=2)


def test_a_folder_that_is_none_cannot_be_compared(capsys: Captured, old: Path, log: Path) -> None:
    assert "there is no such folder" in said(
        capsys, "diff", old, log.parent / "no", "--events", log, code=2
    )
