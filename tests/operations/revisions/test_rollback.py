"""Which revision is meant to become active again, and that it still can be used."""

import pytest

from engine.language.known import Actions, ParameterSpec
from operations.cannot_run import CannotRun, Findings
from operations.revisions.authorship import Authorship
from operations.revisions.publish import publish
from operations.revisions.rollback import meant, rollback
from operations.revisions.rulesets import rulesets
from store.postgres.store import PostgresStore
from store.records.activations import Activation
from tests.store.shop import NOON, later, the_rules

ACTIONS: Actions = {"tell_stock": {"order": ParameterSpec()}}


def activations(*revisions: str) -> list[Activation]:
    """Those of these revisions, the last one first; `<` tells that somebody went back."""
    return [
        Activation(one.removeprefix("<"), "ann", "", NOON, is_rollback=one.startswith("<"))
        for one in revisions
    ]


def test_without_a_word_the_one_before_is_meant() -> None:
    assert meant(activations("ccc", "bbb", "aaa"), None) == "bbb"


def test_the_one_before_is_another_one_than_the_active() -> None:
    assert meant(activations("ccc", "bbb", "ccc"), None) == "bbb"


@pytest.mark.parametrize(
    ("known", "further"),
    [
        (("<bbb", "ccc", "bbb", "aaa"), "aaa"),
        (("<bbb", "ddd", "<bbb", "ccc", "bbb", "aaa"), "aaa"),
        (("ddd", "<bbb", "ccc", "bbb", "aaa"), "bbb"),
        (("<aaa", "ccc", "bbb", "aaa", "000"), "000"),
        # what is made active though it is already takes no step
        (("<bbb", "<bbb", "ccc", "bbb", "bbb", "aaa"), "aaa"),
        # what was published once more is no step back
        (("<bbb", "ccc", "bbb", "ccc"), "ccc"),
        # a note of going back to what nothing is known of is a step like any other
        (("<bbb", "ccc"), "ccc"),
    ],
)
def test_who_goes_back_once_more_goes_further_back(known: tuple[str, ...], further: str) -> None:
    assert meant(activations(*known), None) == further


def test_behind_the_first_there_is_nothing() -> None:
    with pytest.raises(CannotRun, match="no revision to go back to"):
        meant(activations("<aaa", "<bbb", "ccc", "bbb", "aaa"), None)


def test_the_beginning_of_a_revision_is_enough() -> None:
    assert meant(activations("ccc", "bbb", "aaa"), "a") == "aaa"


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
        meant(activations(*known), wanted)


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


async def test_a_second_rollback_goes_further_back_and_not_to_and_fro(
    store: PostgresStore,
) -> None:
    first = the_rules().revision
    second = the_rules("2 days after order.delivered", "9 days after order.delivered")
    third = the_rules("2 days after order.delivered", "8 days after order.delivered")
    for hour, new in enumerate((second, third)):
        await publish(store, new, Authorship("ann", "", later(hours=hour)))

    taken = [
        (
            await rollback(store, None, ACTIONS, Authorship("bob", "too loud", later(hours=3)))
        ).revision
        for _ in range(2)
    ]

    assert taken == [second.revision, first]
    with pytest.raises(CannotRun, match="no revision to go back to"):
        await rollback(store, None, ACTIONS, Authorship("bob", "", later(hours=4)))


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
