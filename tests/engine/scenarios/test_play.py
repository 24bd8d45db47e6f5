import pytest

from engine.decisions.effects import ActionCall
from tests.engine.scenarios.shop import (
    a_file,
    a_ruleset,
    outcome_of,
    outcome_under,
    played,
    verdict_of,
)


def passes(story: str, **keys: str) -> None:
    assert verdict_of(story, **keys).unmet == ()


def fails(story: str, **keys: str) -> None:
    assert outcome_of(story, **keys) == "failed"


def test_what_happens_and_is_named_passes() -> None:
    passes("""
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, expect: [{send: shipped, by: push, order: A1, to: ana, at: 0h, says: Thursday}]}
    """)


def test_what_happens_and_is_not_named_fails() -> None:
    fails("""
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, expect: nothing}
    """)


def test_what_is_named_and_does_not_happen_fails() -> None:
    fails("- {at: 0h, expect: [{send: shipped}]}")


@pytest.mark.parametrize(
    "field", ["by: email", "to: ben", "at: 1h", "says: Friday", "with: {tier: gold}"]
)
def test_each_field_that_is_named_is_compared(field: str) -> None:
    fails(f"""
        - {{at: 0h, event: shipment.shipped}}
        - {{at: 1h, expect: [{{send: shipped, {field}}}]}}
    """)


def test_an_expectation_fits_one_deed_only() -> None:
    story = """
        - {at: 0h, event: shipment.shipped, shipment: P1}
        - {at: 0h, event: shipment.shipped, shipment: P2}
        - {at: 0h, expect: [{send: shipped}, {send: shipped, by: push}]}
    """
    passes(story)
    fails(story.replace(", {send: shipped, by: push}", ""))


def test_a_stretch_begins_after_the_expectation_before() -> None:
    passes("""
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, expect: [{send: shipped}]}
        - {at: 1h, expect: nothing}
    """)


def test_a_question_ends_no_stretch() -> None:
    passes("""
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, ask: patience, expect: {is: 10 days}}
        - {at: 1h, expect: [{send: shipped}]}
    """)


def test_what_is_due_at_a_moment_belongs_to_it() -> None:
    passes("""
        - {at: 0h, event: order.delivered}
        - {at: 47h, expect: nothing, because: {cheer: waiting until 48h}}
        - {at: 48h, expect: [{send: cheer, at: 2 days, with: {tier: gold}}]}
    """)


def test_the_lines_of_a_moment_come_before_what_is_due_in_it() -> None:
    passes("""
        - {at: 0h, event: order.delivered}
        - {at: 48h, event: order.cancelled}
        - {at: 48h, expect: nothing, because: {cheer: stopped_by order.cancelled}}
    """)


def test_a_message_under_a_cap_counts_in_the_minute_whose_end_it_awaits() -> None:
    passes("""
        - {at: 0h, event: order.delivered}
        - {at: 50h, expect: [{send: cheer, at: 48h}]}
    """)


def test_what_the_next_minute_tells_comes_after_the_messages_of_this_one() -> None:
    passes("""
        - {at: 0h, event: customer.created}
        - {at: 1m, event: consent.withdrawn}
        - {at: 1m, expect: [{send: welcome, at: 0h}]}
    """)


def test_a_message_sent_before_takes_room_under_a_cap() -> None:
    passes("""
        - {at: -2 days, sent: welcome, category: loyalty}
        - {at: 0h, event: customer.created}
        - {at: 0h, expect: nothing, because: {welcome: capped until 1 day}}
        - {at: 2 days, expect: nothing, because: {welcome: expired}}
    """)


def test_a_message_of_somebody_else_takes_no_room() -> None:
    passes("""
        - {at: -2 days, sent: welcome, category: loyalty, customer: ben}
        - {at: 0h, event: customer.created}
        - {at: 0h, expect: [{send: welcome}]}
    """)


def test_a_held_message_counts_when_it_leaves() -> None:
    passes(
        """
        - {at: 0h, event: shipment.shipped}
        - {at: 1h, expect: nothing, because: {shipped: held_quiet until 2026-03-03 08:00}}
        - {at: 10h, expect: [{send: shipped, at: 10h}]}
        """,
        starts="2026-03-02 22:00",
    )


def test_what_is_told_before_the_start_fires_nothing_but_is_known() -> None:
    passes("""
        - {at: -1 day, event: return.requested}
        - {at: -1 day, event: shipment.shipped}
        - {at: 0h, event: order.delivered}
        - {at: 3 days, expect: nothing, because: {cheer: condition_false}}
    """)


def test_what_is_stated_is_newer_than_what_was_told_before_the_start() -> None:
    passes("""
        - {at: -1 day, event: customer.updated, customer: {tier: silver}}
        - {at: 0h, ask: patience, expect: {is: 10 days}}
        - {at: 1h, event: customer.updated, customer: {tier: silver}}
        - {at: 1h, ask: patience, expect: {is: 5 days}}
    """)


def test_an_event_may_be_told_late_and_twice() -> None:
    passes("""
        - {at: 3h, event: order.delivered, happened: 1h, times: 2}
        - {at: 3h, ask: patience, expect: {ends_on: 2026-03-12, open: true}}
        - {at: 3 days, expect: [{send: cheer, at: 49h}]}
    """)


def test_an_unnamed_thing_is_the_only_one_there_is() -> None:
    passes("""
        - {at: 0h, event: shipment.shipped, shipment: {id: P1}}
        - {at: 0h, expect: [{send: shipped}]}
        - {at: 1h, event: shipment.delivered}
        - {at: 1h, event: shipment.shipped, shipment: P1}
        - {at: 1h, expect: nothing, because: {shipped: overtaken}}
    """)


def test_an_unnamed_thing_is_new_where_there_are_several() -> None:
    one = played("""
        - {at: 0h, event: shipment.shipped, shipment: P1}
        - {at: 0h, event: shipment.shipped, shipment: P2}
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, expect: nothing}
    """)

    assert len(one.deeds) == 3


def test_orders_that_are_stated_count_though_nothing_happened_to_them() -> None:
    one = played(
        "- {at: 0h, expect: nothing}", order="", orders="{A1: {}, A2: {}, B1: {customer: ben}}"
    )

    assert {order.id: order.customer for order in one.scenario.orders.values()} == {
        "A1": "ana",
        "A2": "ana",
        "B1": "ben",
    }
    assert one.decisions == ()


def test_each_order_is_its_own_customers() -> None:
    passes(
        """
        - {at: 0h, event: shipment.shipped, order: B1}
        - {at: 0h, expect: [{send: shipped, order: B1, to: ben, by: email}]}
        """,
        order="",
        orders="{A1: {}, B1: {customer: ben}}",
    )


def test_only_some_rules_speak() -> None:
    passes(
        """
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, event: customer.created}
        - {at: 0h, expect: [{send: shipped}]}
        """,
        only="[shipped]",
    )


def test_a_perk_ends_on_a_day_and_a_call_is_passed_its_parameters() -> None:
    story = """
        - {at: 0h, event: review.received, review: {stars: 5, text: Fine}}
        - {at: 0h, expect: [{grant: free_wrapping, ends: 2026-04-01, to: ana}, {call: tell_team,
              with: {text: Fine}}]}
    """
    passes(story)
    fails(story.replace("2026-04-01", "2026-04-02"))


def test_what_a_rule_sets_and_emits_is_named_too() -> None:
    story = """
        - {at: 0h, event: return.received, return: {id: R1}}
        - {at: 0h, expect: [{set: {customer.at_risk: true}, to: ana}, {emit: setup.started,
              with: {setup.product: R1}}]}
    """
    passes(story)
    fails(story.replace("at_risk: true", "at_risk: false"))
    fails(story.replace("product: R1", "product: R2"))


def test_a_silence_names_its_categories_and_its_end() -> None:
    story = """
        - {at: 0h, event: review.received, review: {stars: 1}}
        - {at: 0h, expect: [{suppress: [sales], ends: 2026-03-12 10:00, to: ana}]}
        - {at: 1h, event: order.delivered}
        - {at: 3 days, expect: nothing, because: {cheer: suppressed_by quiet}}
    """
    passes(story)
    fails(story.replace("[sales]", "all marketing"))


def test_a_call_that_fails_has_been_made() -> None:
    passes(
        """
        - {at: 0h, event: review.received, review: {stars: 5, text: Fine}}
        - {at: 0h, expect: [{grant: free_wrapping}, {call: tell_team}], because: {gift: error}}
        """,
        results="{tell_team: fails}",
    )


def test_results_come_in_turn() -> None:
    one = played(
        """
        - {at: 0h, event: review.received, review: {id: R1, stars: 5, text: Fine}}
        - {at: 1h, event: review.received, review: {id: R2, stars: 5, text: Fine}}
        - {at: 2h, event: review.received, review: {id: R3, stars: 5, text: Fine}}
        - {at: 2h, expect: nothing}
        """,
        results="{tell_team: [{id: a}, {id: b}]}",
    )

    assert [effect.result for effect in one.effects if isinstance(effect, ActionCall)] == [
        {"id": "a"},
        {"id": "b"},
        {"id": "b"},
    ]


def test_without_results_an_action_answers_its_example() -> None:
    one = played(
        """
        - {at: 0h, event: review.received, review: {stars: 5, text: Fine}}
        - {at: 0h, expect: nothing}
        """,
        example={"id": "example"},
    )

    assert [effect.result for effect in one.effects if isinstance(effect, ActionCall)] == [
        {"id": "example"}
    ]


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ("{id: C1, can_receive: [sms]}", "no_channel"),
        ("{id: C1, consents: [loyalty]}", "no_consent"),
        ("{id: C1, holdout: in}", "holdout"),
    ],
)
def test_a_person_is_as_stated(person: str, reason: str) -> None:
    story = f"""
        - {{at: 0h, event: order.delivered}}
        - {{at: 3 days, expect: nothing, because: {{cheer: {reason}}}}}
    """

    assert outcome_of(story, people=f"{{ana: {person}}}") == "passed"


def test_people_are_reached_by_email_consent_and_are_in_no_holdout() -> None:
    passes(
        """
        - {at: 0h, event: order.delivered}
        - {at: 3 days, expect: [{send: cheer, by: email}]}
        """,
        people="{ana: {holdout: out}, ben: {holdout: in}}",
    )


def test_times_are_local_to_the_zone_of_the_start() -> None:
    passes(
        """
        - {at: 2026-03-28 10:00, event: order.delivered}
        - {at: 2026-03-30 10:00, expect: [{send: cheer, at: 2026-03-30 10:00}]}
        """,
        starts="2026-03-28 09:00 Europe/Paris",
        people="{ana: {time_zone: Europe/Paris}}",
    )


ANSWERS = """
version: 1
answers:
  fee: {for: item, type: integer, first: [{if: item.category = shoes, then: 5}, {otherwise: 9}]}
  check: {for: return, type: integer, first: [{if: return.reason = late, then: 0}, {otherwise: 1}]}
  often: {type: integer, first: [{if: number of return.requested within 9 days >= 2, then: 2},
      {otherwise: 1}]}
  skips: {for: subscription, type: boolean, first: [{if: subscription.status = paused, then: true},
      {otherwise: false}]}
  perks: {for: customer, type: integer, first: [{if: customer.tier = gold, then: 2},
      {otherwise: 0}]}
"""
ASKING = a_ruleset(**{"answers.yaml": ANSWERS})


@pytest.mark.parametrize(
    "asked",
    [
        "{at: 2h, ask: fee, of: {item: SHOE, order: A1}, expect: {is: 5}}",
        "{at: 2h, ask: fee, of: {item: CUP, order: B1}, expect: {is: 9}}",
        "{at: 2h, ask: check, of: {return: R1}, expect: {is: 0}}",
        "{at: 2h, ask: check, of: {return: R2}, expect: {is: 1}}",
        "{at: 2h, ask: check, of: {order: B1}, expect: {is: 1}}",
        "{at: 2h, ask: check, of: {return: R9}, expect: {is: 1}}  # nobody",
        "{at: 2h, ask: check, of: {order: A1}, expect: {is: 0}}  # several",
        "{at: 2h, ask: fee, of: {item: SHOE, order: B1}, expect: {is: 5}}  # of another order",
        "{at: 2h, ask: often, of: {order: A1}, expect: {is: 2}}",
        "{at: 2h, ask: often, of: {order: B1}, expect: {is: 1}}",
        "{at: 2h, ask: skips, of: {subscription: S1}, expect: {is: true}}",
        "{at: 2h, ask: skips, expect: {is: true}}",
        "{at: 2h, ask: skips, of: {customer: ben}, expect: {is: false}}  # has none",
        "{at: 2h, ask: perks, of: {customer: ana}, expect: {is: 2}}",
        "{at: 2h, ask: perks, of: {order: B1}, expect: {is: 0}}",
    ],
)
def test_an_answer_is_asked_of_the_thing_that_is_named_or_the_only_one(asked: str) -> None:
    line, _, wrong = asked.partition("  # ")
    file = a_file(
        f"""
        - {{at: 0h, event: return.requested, order: A1, return: {{id: R1, reason: late}}}}
        - {{at: 0h, event: return.requested, order: A1, return: {{id: R3, reason: late}}}}
        - {{at: 1h, event: return.requested, order: B1, return: {{id: R2}}}}
        - {{at: 1h, event: subscription.paused, subscription: {{id: S1, status: paused}}}}
        - {line}
        """,
        order="",
        orders="{A1: {items: [{id: SHOE, category: shoes}]}, B1: {customer: ben, items: [CUP]}}",
        only="[]",
    )
    assert outcome_under(ASKING, file) == ("failed" if wrong else "passed")
