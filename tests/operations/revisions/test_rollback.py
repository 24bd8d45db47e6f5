"""Which revision is meant to become active again, and that it still can be used."""

import pytest

from engine.language.known import Actions, ParameterSpec
from operations.cannot_run import CannotRun, Findings
from operations.revisions.authorship import Authorship
from operations.revisions.publish import publish
from operations.revisions.rollback import meant, rollback
from operations.revisions.rulesets import rulesets
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, later, the_rules

ACTIONS: Actions = {"tell_stock": {"order": ParameterSpec()}}


def test_without_a_word_the_one_before_is_meant() -> None:
    assert meant(["ccc", "bbb", "aaa"], None) == "bbb"


def test_the_one_before_is_another_one_than_the_active() -> None:
    assert meant(["ccc", "bbb", "ccc"], None) == "bbb"


def test_the_beginning_of_a_revision_is_enough() -> None:
    assert meant(["ccc", "bbb", "aaa"], "a") == "aaa"


@pytest.mark.parametrize(
    ("known", "wanted", "why"),
    [
        ((), None, "nothing has been published"),
        (("ccc",), None, "no revision to go back to"),
        (("ccc", "bbb"), "x", "no revision x"),
        (("ccc", "ab1", "ab2"), "ab", "ab may be any of ab1, ab2"),
        (("ccc", "bbb"), "cc", "ccc is the active revision"),
    ],
)
def test_what_cannot_be_meant_is_said(known: tuple[str, ...], wanted: str | None, why: str) -> None:
    with pytest.raises(CannotRun, match=why):
        meant(known, wanted)


async def test_what_was_published_is_listed_and_taken_back(store: PostgresStore) -> None:
    new = the_rules("2 days after order.delivered", "9 days after order.delivered")
    published = await publish(store, new, Authorship("ann", "patience", later(hours=1)))
    assert (published.revision, published.changed, published.reached) == (new.revision, True, True)

    back = await rollback(store, None, ACTIONS, Authorship("bob", "", later(hours=2)))

    assert (back.revision, back.author, back.reason, back.active) == (
        the_rules().revision,
        "bob",
        "rollback",
        True,
    )
    listed = await rulesets(store)
    assert [(one.author, one.active) for one in listed] == [
        ("bob", True),
        ("ann", False),
        ("tests", False),
    ]
    assert listed[-1].at == NOON


async def test_rules_whose_action_is_gone_are_not_made_active(store: PostgresStore) -> None:
    new = the_rules("2 days after order.delivered", "9 days after order.delivered")
    await publish(store, new, Authorship("ann", "", later(hours=1)))

    with pytest.raises(Findings, match="cannot be used any more; nothing was changed"):
        await rollback(store, None, {}, Authorship("bob", "", later(hours=2)))

    assert (await rulesets(store))[0].revision == new.revision


async def test_rules_that_are_active_already_change_nothing(store: PostgresStore) -> None:
    again = await publish(store, the_rules(), Authorship("ann", "", later(hours=1)))

    assert not again.changed
    assert again.to_json()["rules"] == len(the_rules().rules)
