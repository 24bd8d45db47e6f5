import pytest

from engine.catalog.catalog import EventType, Fact
from engine.catalog.values import FactType, parse_duration
from engine.rules.rule import After
from tests.engine.language.folders import a_rule, only_problem, read, the_rule

OWN = """\
version: 1
events:
  setup.started: {about: order, facts: {setup.product: optional text}}
  social.mentioned: {about: customer, repeats: true, facts: {social.mood: [good, bad]}}
facts:
  customer.at_risk: {type: boolean, default: false, set_by: rules}
  customer.tier: {type: [none, iron], default: none}
  customer.nickname: {type: text?, personal: true}
"""


def test_own_events_and_facts_join_the_built_in_ones() -> None:
    catalog = read(catalog=OWN).catalog
    assert catalog.events["setup.started"] == EventType("setup.started", "order")
    assert catalog.events["social.mentioned"].repeats
    assert catalog.facts["setup.product"] == Fact(
        "setup.product", FactType("text"), optional=True, thing="order"
    )
    assert catalog.facts["setup.started_at"].type == FactType("datetime")
    assert catalog.facts["customer.at_risk"] == Fact(
        "customer.at_risk", FactType("boolean"), default=False, set_by_rules=True
    )
    assert catalog.facts["customer.nickname"].personal
    assert "order.placed" in catalog.events


def test_a_built_in_enum_may_be_redefined() -> None:
    assert the_rule(a_rule(more="if: customer.tier = iron"), catalog=OWN).conditions
    assert "unknown value of customer.tier: gold" in only_problem(
        a_rule(more="if: customer.tier = gold"), catalog=OWN
    )


def test_rules_listen_to_own_events() -> None:
    rule = the_rule(
        a_rule("2 hours after setup.started", more="if: social.mood = good"), catalog=OWN
    )
    assert (rule.triggers, rule.about) == (
        (After(parse_duration("2 hours"), "setup.started"),),
        "order",
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "events: {order.placed: {about: order}}",
            "2:10: order.placed is an event of the built-in catalog already [J06]",
        ),
        (
            "events: {order.eta: {about: order}}",
            "2:10: order.eta would be both an event and a fact [J06]",
        ),
        (
            "facts: {order.placed: text}",
            "2:9: order.placed would be both an event and a fact [J06]",
        ),
        ("facts: {answer.x: text}", "2:9: answer.x: names that begin with answer. are taken [J06]"),
        ("facts: {Gift: text}", "2:9: Gift is no name: small letters with a dot"),
        ("facts: {order.gift: txt}", "2:21: unknown type txt, did you mean text? [J09]"),
        ("facts: {order.gift: {default: 5}}", "2:21: a fact needs type [J03]"),
        ("facts: {order.gift: {type: integer, default: many}}", "a number, not 'many' [J09]"),
        (
            "facts: {order.gift: {type: text, set_by: people}}",
            "unknown set_by people; known: rules [J09]",
        ),
        ("events: {x.y: {about: parcel}}", "unknown about parcel"),
        ("events: {x.y: {}}", "2:15: an event needs about [J03]"),
        ("facts: [a.b]", "2:8: facts is a mapping from name to what it is [J09]"),
        ("segmens: {}", "Keys of catalog.yaml: events, facts, segments, version [J02]"),
    ],
)
def test_a_catalog_with_a_mistake(line: str, problem: str) -> None:
    assert problem in only_problem(catalog=f"version: 1\n{line}\n")
