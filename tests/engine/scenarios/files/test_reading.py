from datetime import UTC, datetime

import pytest

from engine.conditions.problems import Problems
from engine.scenarios.files.test_files import read_scenarios
from engine.scenarios.scenario import EventLine
from engine.scenarios.terms import Terms
from tests.engine.scenarios.shop import ACTIONS, RULESET, a_scenario, problems_of

NOTHING = "- {at: 0h, expect: nothing}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "{at: 0h, event: shipment.shiped}",
            "unknown event shipment.shiped, did you mean shipment.shipped? [J07]",
        ),
        (
            "{at: 0h, event: order.placed, order: {totl: 5 EUR}}",
            "unknown fact order.totl, did you mean order.total? [J07]",
        ),
        ("{at: 0h, event: order.placed, order: A9}", "unknown order A9; known: A1 [J07]"),
        (
            "{at: 0h, event: customer.updated, customer: eve}",
            "unknown customer eve; known: ana, ben [J07]",
        ),
        (
            "{at: 0h, event: review.received, review: {stars: many}}",
            "review.stars is a number, not 'many' [J09]",
        ),
        (
            "{at: 0h, event: customer.updated, customer: {tier: god}}",
            "unknown value god, did you mean gold? [J09]",
        ),
        ("{at: 0h, event: order.placed, order: {days_late: 3}}", "worked out from what happened"),
        ("{at: 0h, event: order.placed, order: {placed_at: 2026-03-01}}", "tell that event"),
        ("{at: 0h, event: order.placed, happened: 1h}", "told when it has happened"),
        ("{at: 0h, event: order.placed, times: 0}", "times is a number from 1"),
        ("{at: soon, event: order.placed}", "a moment such as 48h"),
        ("{event: order.placed}", "needs at"),
        ("{at: 0h, evnt: order.placed}", "has one of event, sent, publish, ask, expect, because"),
        (
            "{at: 0h, sent: shiped, category: delivery}",
            "unknown template shiped, did you mean shipped? [J07]",
        ),
        ("{at: 0h, sent: shipped}", "needs category"),
        (
            "{at: 0h, ask: patienc, expect: {is: 5 days}}",
            "unknown answer patienc, did you mean patience? [J07]",
        ),
        ("{at: 0h, ask: patience, expect: {is: gold}}", "a duration such as"),
        (
            "{at: 0h, ask: patience, of: {item: X}, expect: {is: 5 days}}",
            "patience is about one order, not one item [J09]",
        ),
        ("{at: 0h, expect: [{sent: shipped}]}", "what happens is one of send, suppress"),
        ("{at: 0h, expect: [{send: shiped}]}", "unknown template shiped"),
        ("{at: 0h, expect: [{send: shipped, by: pigeon}]}", "unknown channel pigeon"),
        ("{at: 0h, expect: [{send: shipped, order: A2}]}", "unknown order A2"),
        ("{at: 0h, expect: [{send: shipped, sends: 1}]}", "unknown key sends"),
        (
            "{at: 0h, expect: [{call: tel_team}]}",
            "unknown action tel_team, did you mean tell_team? [J07]",
        ),
        (
            "{at: 0h, expect: [{grant: free_rapping}]}",
            "unknown perk free_rapping, did you mean free_wrapping? [J07]",
        ),
        (
            "{at: 0h, expect: [{suppress: [sale]}]}",
            "unknown category sale, did you mean sales? [J07]",
        ),
        ("{at: 0h, expect: []}", "expect names what happens"),
        ("{at: 0h, because: {chear: waiting}}", "unknown rule chear, did you mean cheer? [J07]"),
        ("{at: 0h, because: {cheer: bored}}", "unknown reason bored"),
        ("{at: 0h, because: {cheer: waiting until noon}}", "until a moment such as"),
    ],
)
def test_a_mistake_in_a_line_is_told(line: str, message: str) -> None:
    assert any(message in problem for problem in problems_of(f"- {line}\n{NOTHING}")), problems_of(
        f"- {line}\n{NOTHING}"
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"customer": ""}, "a test needs customer, one of ana, ben [J03]"),
        ({"customer": "eve"}, "unknown customer eve"),
        ({"only": "[shiped]"}, "unknown rule shiped, did you mean shipped? [J07]"),
        (
            {"results": "{tell_teem: fails}"},
            "unknown action tell_teem, did you mean tell_team? [J07]",
        ),
        (
            {"results": "{tell_team: maybe}"},
            "a result is a mapping of what the action answers, or `fails`",
        ),
        ({"starts": "monday"}, "a start such as 2026-03-02 10:00 Europe/Paris"),
        ({"starts": "2026-03-02 10:00 Europe/Pariss"}, "no time zone"),
        ({"order": "{total: 80 EUR}"}, "an order needs id"),
        ({"orders": "{A2: {}}"}, "either order or orders"),
        ({"people": "{ana: {consents: [sale]}}"}, "unknown category sale"),
        ({"people": "{ana: {can_receive: [fax]}}"}, "unknown channel fax"),
        (
            {"people": "{ana: {teir: gold}}"},
            "unknown fact customer.teir, did you mean customer.tier? [J07]",
        ),
        ({"people": "{ana: {loyalty: {points: 1}}}"}, "unknown fact loyalty.points"),
        ({"people": "{ana: {id: C1}, eve: {id: C1}}"}, "have the same id"),
        ({"storry": "[]"}, "unknown key storry, did you mean story?"),
    ],
)
def test_a_mistake_in_a_test_is_told(keys: dict[str, str], message: str) -> None:
    assert any(message in problem for problem in problems_of(NOTHING, **keys)), problems_of(
        NOTHING, **keys
    )


def test_a_line_is_never_before_the_one_above() -> None:
    assert "never before the line above [J09]" in problems_of(
        "- {at: 2h, expect: nothing}\n- {at: 1h, expect: nothing}"
    )


def test_an_event_of_several_orders_says_which() -> None:
    found = problems_of(
        f"- {{at: 0h, event: shipment.shipped}}\n{NOTHING}", order="", orders="{A1: {}, A2: {}}"
    )

    assert found == ["which order is this about? (A1, A2) [J03]"]


def test_an_order_changes_hands_only_where_the_line_names_it() -> None:
    people = "{ana: {id: C1}, ben: {id: C2}}"
    line = "- {at: 0h, event: shipment.shipped, customer: ben}"
    found = problems_of(f"{line}\n{NOTHING}", people=people, customer="ana")

    hint = "if it changes hands, say so: `order: A1, customer: ben`"
    assert found == [f"order A1 is of ana, not of ben; {hint} [J09]"]
    named = line.replace("customer", "order: A1, customer")
    assert problems_of(f"{named}\n{NOTHING}", people=people, customer="ana") == []


def test_a_story_that_expects_nothing_tests_nothing() -> None:
    assert problems_of("- {at: 0h, event: order.placed}") == [
        "this story expects nothing, so it tests nothing [J03]"
    ]


def test_all_mistakes_are_told_at_once() -> None:
    assert (
        len(
            problems_of(
                f"- {{at: 0h, event: order.plced}}\n- {{at: 0h, sent: x, category: y}}\n{NOTHING}"
            )
        )
        == 3
    )


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        ("90m", datetime(2026, 3, 2, 11, 30, tzinfo=UTC)),
        ("2 days", datetime(2026, 3, 4, 10, tzinfo=UTC)),
        ("2026-03-04 15:00", datetime(2026, 3, 4, 15, tzinfo=UTC)),
        ("-40 days", datetime(2026, 1, 21, 10, tzinfo=UTC)),
        ("- 1h", datetime(2026, 3, 2, 9, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_length_or_a_date_and_time(at: str, moment: datetime) -> None:
    scenario = a_scenario(f'- {{at: "{at}", expect: nothing}}')

    assert scenario.story[0].at == moment


def test_days_keep_the_time_of_day_over_the_change_of_clocks() -> None:
    scenario = a_scenario("- {at: 1 day, expect: nothing}", starts="2026-03-28 10:00 Europe/Paris")

    assert scenario.story[0].at == datetime(2026, 3, 29, 8, tzinfo=UTC)


def test_the_default_zone_is_the_customers() -> None:
    scenario = a_scenario(NOTHING, customer="ben")

    assert (scenario.zone, scenario.starts) == ("Asia/Jakarta", datetime(2026, 3, 2, 3, tzinfo=UTC))


def test_one_person_needs_no_naming() -> None:
    assert a_scenario(NOTHING, people="{eve: {}}", customer="").customer == "eve"


def test_a_mapping_states_facts_and_a_text_names_a_thing() -> None:
    line = a_scenario(
        f"- {{at: 0h, event: order.placed, order: {{total: 80 EUR}}, shipment: P1}}\n{NOTHING}"
    ).story[0]

    assert isinstance(line, EventLine)
    assert (line.order, dict(line.names), dict(line.facts)) == (
        "A1",
        {"shipment": "P1"},
        {"order.total": "80.00 EUR"},
    )


def test_a_file_without_tests_is_a_mistake() -> None:
    problems = Problems()
    read_scenarios("a.test.yaml", "version: 1\ntests: []\n", Terms(RULESET, ACTIONS, problems))

    assert [problem.message for problem in problems] == ["a file of tests needs a test"]


def test_two_tests_have_two_names() -> None:
    one = f"  - {{name: x, starts: 2026-03-02 10:00, story: [{NOTHING[2:]}]}}\n"
    problems = Problems()
    read_scenarios(
        "a.test.yaml",
        f"version: 1\npeople: {{ana: {{}}}}\ntests:\n{one}{one}",
        Terms(RULESET, ACTIONS, problems),
    )

    assert [problem.code for problem in problems] == ["J06"]


def test_people_and_orders_are_mappings() -> None:
    assert problems_of(NOTHING, people="[ana]", customer="") == [
        "people is a mapping from name to facts, such as {ana: {id: C1}} [J09]"
    ]
    assert problems_of(NOTHING, order="", orders="[A1]") == [
        "orders is a mapping from id to facts, such as {A1: {}, A2: {}} [J09]"
    ]


def test_two_people_of_one_id_are_told_once() -> None:
    assert problems_of(NOTHING, people="{ana: {id: C1}, eve: {id: C1}}") == [
        "ana and eve have the same id [J06]"
    ]
