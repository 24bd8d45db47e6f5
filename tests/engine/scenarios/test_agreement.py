"""What two plays of one test tell differently."""

from dataclasses import replace

from engine.scenarios.agreement import apart
from tests.engine.scenarios import shop

STORY = """
- {at: 0h, event: order.delivered}
- {at: 2 days, expect: [{send: cheer}]}
"""


def test_two_plays_that_come_to_the_same_agree() -> None:
    played = shop.played(STORY)

    assert not apart(played, played).is_there


def test_a_deed_that_one_play_lacks_is_told_with_what_was_decided_about_it() -> None:
    simulated = shop.played(STORY)
    live = replace(simulated, deeds=(), decisions=(), effects=())

    found = apart(live, simulated)

    assert found.live == ()
    deed, *decided, ledger = found.simulated
    assert deed.startswith("send cheer")
    assert any(one.startswith("decided         cheer at ") for one in decided)
    assert ledger.startswith("in the ledger   cheer cheer: sent at ")
    assert "simulated only  decided" in found.text()
