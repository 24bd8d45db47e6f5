from datetime import datetime
from typing import Any

from engine.backtests.message_changes import Difference
from engine.decisions.effects import Effect
from engine.decisions.reason import Reason
from engine.simulation.simulator import Step
from tests.engine.builders import DAY, NOON, a_firing, a_rule, a_ruleset, an_effect

OLD = a_ruleset(a_rule("hello"), a_rule("former"))
NEW = a_ruleset(a_rule("hello"), a_rule("latter", renamed_from="former"), revision="r2")


def sent(order: str = "A1", at: datetime = NOON, said: str = "Hi", **changes: Any) -> Step:
    rule, occurrence = changes.pop("rule", "hello"), changes.pop("occurrence", order)
    journey = f"order:shop/{order}"
    firing = a_firing(
        rule,
        journey=journey,
        occurrence=occurrence,
        about=("order", order),
        event="order.placed",
        order=order or None,
    )
    told: dict[str, Any] = {"state": "sent", "name": "welcome", **changes}
    effect: Effect = an_effect(firing, **told)
    return Step(at, effect.now(key=f"{journey}/{rule}/{occurrence}/{effect.name}"), words=said)


def between(old: list[Step], new: list[Step]) -> dict[str, Any]:
    """What two runs differ in, by rule and kind."""
    found = Difference(OLD, NEW)
    for step in old:
        found.said_by_old(step)
    for step in new:
        found.said_by_new(step)
    found.end()
    rules: dict[str, Any] = found.to_json()["rules"]
    return {
        name: {kind: (told["count"], told["samples"]) for kind, told in kinds.items()}
        for name, kinds in rules.items()
    }


def counts(old: list[Step], new: list[Step]) -> dict[str, dict[str, int]]:
    return {
        name: {kind: count for kind, (count, _) in kinds.items()}
        for name, kinds in between(old, new).items()
    }


def test_two_runs_that_say_the_same_do_not_differ() -> None:
    found = Difference(OLD, NEW)
    found.said_by_new(sent())
    found.said_by_old(sent())
    found.end()

    assert found.is_empty
    assert found.unchanged == 1


def test_what_only_the_new_rules_say_is_added() -> None:
    assert between([], [sent()]) == {
        "hello": {
            "added": (
                1,
                [{"order": "A1", "template": "welcome", "now": "2026-03-02T12:00:00.000000Z"}],
            )
        }
    }


def test_what_only_the_old_rules_said_is_removed() -> None:
    assert counts([sent()], []) == {"hello": {"removed": 1}}


def test_the_same_message_at_another_time_is_moved() -> None:
    assert between([sent()], [sent(at=NOON + DAY)])["hello"]["moved"] == (
        1,
        [
            {
                "order": "A1",
                "template": "welcome",
                "was": "2026-03-02T12:00:00.000000Z",
                "now": "2026-03-03T12:00:00.000000Z",
            }
        ],
    )


def test_the_same_message_in_other_words_is_reworded() -> None:
    assert counts([sent()], [sent(said="Hello")]) == {"hello": {"reworded": 1}}


def test_the_same_firing_with_another_template_is_reworded() -> None:
    assert between([sent()], [sent(name="greeting")])["hello"] == {
        "reworded": (1, [{"order": "A1", "template": "greeting", "was": "welcome"}])
    }


def test_a_renamed_rule_says_the_same() -> None:
    assert counts([sent(rule="former")], [sent(rule="latter")]) == {}


def test_a_firing_that_once_per_names_otherwise_says_the_same() -> None:
    assert counts([sent()], [sent(occurrence="P1")]) == {}


def test_another_order_is_another_message() -> None:
    assert counts([sent("A1")], [sent("A2")]) == {"hello": {"added": 1, "removed": 1}}


def test_what_was_not_sent_is_no_message() -> None:
    dropped = sent(state="dropped", reason=Reason.NO_CONSENT)

    assert counts([dropped], [sent(kind="call", state="done")]) == {}


def test_three_orders_are_named_however_many_there_are() -> None:
    added = [sent(f"A{number}", at=NOON + number * DAY) for number in range(5)] + [
        sent("A0", name="again")
    ]
    count, samples = between([], added)["hello"]["added"]

    assert count == 6
    assert [sample["order"] for sample in samples] == ["A0", "A1", "A2"]


def test_a_message_that_leaves_as_a_digest_is_the_same_message_in_other_words() -> None:
    told = between([sent(), sent("A2")], [sent(shown="digest", said="Two things")])

    assert told["hello"]["reworded"] == (
        1,
        [{"order": "A1", "template": "digest", "was": "welcome"}],
    )
    assert told["hello"]["removed"][0] == 1


def test_a_template_that_a_rule_sends_twice_is_two_messages() -> None:
    def at_spot(place: int) -> Step:
        step = sent()
        key = step.effect.key.removesuffix("welcome") + f"0.{place}/welcome"
        return Step(step.at, step.effect.now(key=key), words=f"Hi {place}")

    assert counts([at_spot(0), at_spot(1)], [at_spot(0), at_spot(1)]) == {}
    assert counts([at_spot(0), at_spot(1)], [at_spot(1)]) == {"hello": {"removed": 1}}
    assert counts([sent(said="Hi 1")], [at_spot(1)]) == {}
