import pytest

from tests.engine.checks.folders import a_folder, a_rule, found

CAP = "caps: [{at_most: 2, per: 7 days, categories: sales, valid_for: 3 days}]"
NO_QUIET = "quiet_hours: {from: '00:00', to: '00:00', then: drop}"


def sends(*keys: str, category: str = "delivery") -> str:
    return f"[{{{', '.join(['send: hello', f'category: {category}', *keys])}}}]"


def held(do: str, policies: str = "") -> list[str]:
    return found(a_folder(a_rule("order.placed", do), policies=policies), "J27")


@pytest.mark.parametrize(
    ("do", "policies"),
    [
        (sends("valid_for: 2 hours"), ""),
        (sends("valid_for: 20 hours", "send_at: '10:00'"), ""),
        (sends("valid_for: 2 days", category="sales"), CAP),
        (sends(category="sales"), CAP),
        (
            sends(category="sales"),
            "mix: [{never_two_in_a_row: [sales, review], valid_for: 7 days}]",
        ),
        (
            sends("valid_for: 1 day"),
            "breakers: [{id: storm, if: order.express, holds: a-rule, at_most: 2 days}]",
        ),
    ],
)
def test_a_message_that_is_held_longer_than_it_lives_is_told(do: str, policies: str) -> None:
    assert held(do, policies) == ["J27 5"]


@pytest.mark.parametrize(
    ("do", "policies"),
    [
        (sends("valid_for: 11 hours"), ""),
        (sends("valid_for: 2 hours"), NO_QUIET),
        (sends("valid_for: 2 hours", category="cancellation"), ""),
        (sends("valid_for: 3 days", category="sales"), CAP),
        (sends("valid_for: 2 days"), CAP),
        (
            sends("valid_for: 2 hours", "by: email"),
            "quiet_hours: {from: '21:00', to: '08:00', channels: sms}",
        ),
    ],
)
def test_a_message_that_outlives_its_holds_is_left_alone(do: str, policies: str) -> None:
    assert held(do, policies) == []


def test_send_at_in_quiet_hours_is_told_but_not_for_what_ignores_them() -> None:
    late = "send_at: '22:00'"

    assert found(a_folder(a_rule("order.placed", sends(late))), "J30") == ["J30 5"]
    assert (
        found(a_folder(a_rule("order.placed", sends(late, category="cancellation"))), "J30") == []
    )
    assert found(a_folder(a_rule("order.placed", sends("send_at: '20:59'"))), "J30") == []


@pytest.mark.parametrize(
    ("when", "do", "more"),
    [
        ("order.placed", "[{send: hello, category: delivery}]", ""),
        ("order.placed", sends(category="sales"), "once_per: {customer: 30 days}"),
        ("order.placed", sends(category="sales"), "once_per: [customer]"),
    ],
)
def test_a_cap_that_is_never_reached_is_told(when: str, do: str, more: str) -> None:
    assert found(a_folder(a_rule(when, do, more), policies=CAP), "J31") == ["J31 2"]


@pytest.mark.parametrize(
    ("when", "more", "lines"),
    [
        ("every day at 10:00", "", ["J31 3"]),
        ("3, 2 and 1 days before order.promised_on", "", ["J31 3"]),
        ("every week on monday at 10:00", "", []),
        ("30, 14 and 3 days before order.promised_on", "", []),
        ("order.placed", "once_per: {customer: 1 day}", []),
    ],
)
def test_a_rule_that_exceeds_a_cap_by_itself_is_told(
    when: str, more: str, lines: list[str]
) -> None:
    assert (
        found(a_folder(a_rule(when, sends(category="sales"), more), policies=CAP), "J31") == lines
    )


@pytest.mark.parametrize(
    ("fact", "lines"),
    [("customer.channels", ["J28 2"]), ("order.total", ["J28 2"]), ("order.id", ["J28 2"])],
)
def test_a_fact_that_gives_no_time_zone_is_told(fact: str, lines: list[str]) -> None:
    zones = f"time_zone: {{from: [{fact}], otherwise: UTC}}"

    assert found(a_folder(a_rule("order.placed"), policies=zones)) == lines


def test_the_facts_that_give_a_time_zone_are_left_alone() -> None:
    zones = (
        "time_zone: {from: [customer.time_zone, order.country, customer.country, "
        "customer.phone], otherwise: UTC}"
    )

    assert found(a_folder(a_rule("order.placed"), policies=zones)) == []
