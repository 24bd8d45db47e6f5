from engine.backtests.tally import RuleTally
from engine.graphs.graph import Box, Graph
from engine.graphs.rule_graph import rules_graph
from engine.language.reader import read_ruleset

TEMPLATE = "---\nsubject: Hello\n---\nHello.\n"
RULES = """
version: 1
rules:
  - id: plain
    when: shipment.shipped
    do: [{send: hello, category: delivery}]
  - id: rich
    mode: shadow
    when: 2 days after review.received
    if: [review.stars = 5, order.returned = false]
    unless: {late: order.days_late > 3}
    stop_if: return.requested by the customer
    once_per: {customer: 180 days}
    choose:
      - {if: order.express, do: [{send: hello, by: email, category: sales,
            only_if: customer.tier = gold}]}
      - {otherwise: nothing}
  - id: busy
    when: review.received
    do:
      - {suppress: [sales], until: support.case_solved, at_most: 60 days}
      - {grant: free_returns, for: 30 days, uses: 3}
      - {call: tell_team, with: {text: order.id}}
"""
POLICIES = """
version: 1
categories: [{id: delivery, kind: transactional}, {id: sales, kind: marketing}]
caps: [{at_most: 1, per: 2 days, categories: [sales], then: hold}]
holdout: {percent: 5, by: customer.id, salt: s, categories: [sales]}
"""
RULESET = read_ruleset(
    {"journeys/a.yaml": RULES, "policies.yaml": POLICIES, "templates/en/hello.md": TEMPLATE}
)


def drawn(rule: str, tally: RuleTally | None = None) -> Graph:
    return rules_graph([RULESET.rules[rule]], RULESET, {rule: tally} if tally else None)


def lines(graph: Graph, shape: str) -> list[str]:
    return [" · ".join(box.lines) for box in graph.boxes if box.shape == shape]


def behind(graph: Graph, text: str) -> list[tuple[str, str]]:
    """What follows the box with this text, by the word on the arrow."""
    named: dict[str, Box] = {box.name: box for box in graph.boxes}
    start = next(box.name for box in graph.boxes if text in box.lines)
    return [
        (arrow.label, named[arrow.end].lines[0]) for arrow in graph.arrows if arrow.start == start
    ]


def test_a_plain_rule_is_trigger_gates_and_message() -> None:
    graph = drawn("plain")

    assert lines(graph, "start") == ["plain · shipment.shipped"]
    assert lines(graph, "question") == [
        "the first time for its shipment",
        "a channel · not between 21:00 and 08:00: held",
    ]
    assert lines(graph, "message") == ["send hello by preferred as delivery"]


def test_every_question_of_a_rule_is_drawn_in_its_order() -> None:
    graph = drawn("rich")

    assert lines(graph, "start") == ["rich (shadow) · 2 days after review.received"]
    assert lines(graph, "question") == [
        "review.stars = 5 · order.returned = false",
        "not late: · order.days_late > 3",
        "no return.requested by the customer since",
        "the first time for its customer in 180 days",
        "order.express",
        "only if customer.tier = gold",
        (
            "consent and a channel · no silence of sales · not among the 5 % held out · room under "
            "the cap · "
            "not between 21:00 and 08:00: held"
        ),
    ]


def test_a_question_leads_on_and_away() -> None:
    graph = drawn("rich")

    assert behind(graph, "review.stars = 5") == [("no", "nothing"), ("yes", "not late:")]
    assert behind(graph, "order.express") == [
        ("yes", "only if customer.tier = gold"),
        ("no", "nothing"),
    ]


def test_all_that_a_rule_does_is_drawn() -> None:
    assert lines(drawn("busy"), "step") == [
        "suppress sales until support.case_solved, at most 60 days",
        "grant free_returns for 30 days, uses: 3",
        "call tell_team",
    ]


def test_counts_stand_where_a_firing_went() -> None:
    tally = RuleTally("live", fired=7)
    tally.done["hello"] = 4
    tally.blocked.update({"already_done": 2, "no_channel": 3, "overtaken": 1})
    graph = drawn("plain", tally)

    assert lines(graph, "start") == ["plain · shipment.shipped · fired: 7"]
    assert lines(graph, "nothing") == [
        "nothing · overtaken: 1",
        "nothing · already_done: 2",
        "nothing · no_channel: 3",
    ]
    assert lines(graph, "message") == ["send hello by preferred as delivery · 4 times"]


def test_several_rules_stand_side_by_side() -> None:
    graph = rules_graph(RULESET.rules.values(), RULESET)

    assert len(lines(graph, "start")) == 3
    assert len({box.name for box in graph.boxes}) == len(graph.boxes)
