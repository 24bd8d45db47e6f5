"""The schema for editors lets every rule file pass that the reader reads, and marks the usual
slips.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from activities.actions.registry import load_actions
from engine.language.reader import read_known
from engine.language.schemas.file_schemas import schema_of
from operations.rules.rules_folder import read_files
from tests.engine.language.editor import faults
from tests.paths import RULES

SHIPPED = RULES
OWN = {
    "catalog.yaml": "version: 1\nevents: {setup.started: {about: order}}\n"
    "facts: {customer.at_risk: {type: boolean, default: false, set_by: rules}}\n",
    "policies.yaml": "version: 1\ngroups: {on-the-way: [a]}\n"
    "attach: [{actions: [open_support_case], with: {stars: review.stars}}]\n",
    "templates/en/shipped.md": "---\nsubject: Hello\n---\nHello.\n",
}
SCHEMA = schema_of("journeys", read_known(OWN, load_actions().specs()))


def complaints(rule: str) -> list[str]:
    """What an editor would mark in a rule, of which the compulsory keys are there."""
    text = (
        f"version: 1\nrules:\n  - {{id: a, when: order.placed, do: [{{send: shipped, category: "
        f"delivery}}], {rule}}}"
    )
    told = yaml.load(text, yaml.BaseLoader)  # noqa: S506  # it makes texts and nothing else
    return faults(told, SCHEMA)


def marks(action: str) -> list[str]:
    """What an editor would mark in an action."""
    told: Any = yaml.safe_load(
        f"version: 1\nrules:\n  - {{id: a, when: order.placed, do: [{action}]}}"
    )
    return faults(told, SCHEMA)


@pytest.mark.parametrize(
    "file", sorted(SHIPPED.glob("journeys/*[!t].yaml")), ids=lambda file: str(file.name)
)
def test_the_shipped_rules_pass(file: Path) -> None:
    schema = schema_of("journeys", read_known(read_files(SHIPPED), load_actions().specs()))
    told = yaml.safe_load(file.read_text())

    if not file.name.endswith(".test.yaml"):
        assert faults(told, schema) == []


@pytest.mark.parametrize(
    "rule",
    [
        "when: 48 hours without shipment.scanned since shipment.shipped",
        "when: [order.placed, 2 days after order.placed]",
        "if: review.stars <= 2",
        "if: [order.returned = false, {any_of: [order.total >= 80 EUR, order.express]}]",
        "if: {'<=': [{var: review.stars}, 2]}",
        "unless: {vip: customer.tier = gold}",
        "unless: order.express",
        "stop_if: [order.cancelled, return.requested by the customer]",
        "once_per: {customer: 180 days}",
        "once_per: [customer, review.product_id, 90 days]",
        "once_per: event",
        "one_of: on-the-way",
        "mode: shadow, in_flight: pin, if_late: send, from: 2026-03-02, until: 2026-04-02",
    ],
)
def test_every_key_of_a_rule_passes(rule: str) -> None:
    assert complaints(rule) == []


@pytest.mark.parametrize(
    "rule",
    [
        "wen: order.placed",
        "when: order.placd",
        "stop_if: order.canceled",
        "once_per: {customer: 180 days, order: 1 day}",
        "one_of: on-the-road",
        "mode: dark",
        "from: 2 March",
        "if: {any: [order.express]}",
        "renamed_from: Not_Kebab",
        "choose: [{if: order.express}]",
        "choose: [{otherwise: nothing, do: []}]",
    ],
)
def test_a_slip_in_a_rule_is_marked(rule: str) -> None:
    assert complaints(rule)


@pytest.mark.parametrize(
    "action",
    [
        (
            "{send: shipped, category: delivery, by: [email, push], send_at: '10:00', valid_for: 5 "
            "days, about: item.id}"
        ),
        (
            "{send: shipped, category: delivery, by: preferred, with: {code: order.id, n: 3}, "
            "only_if: order.express}"
        ),
        "{suppress: all marketing, across: customer, until: support.case_solved, at_most: 60 days}",
        "{suppress: [sales, review], until: [support.case_solved by the customer], at_most: 60d}",
        "{call: open_support_case, with: {order: order.id}, as: case}",
        "{grant: free_returns, for: 1 month, uses: 3}",
        "{set: {customer.at_risk: true}, for: 30 days}",
        "{emit: setup.started, with: {order.id: A1}}",
    ],
)
def test_every_action_passes(action: str) -> None:
    assert marks(action) == []


@pytest.mark.parametrize(
    "action",
    [
        "{send: shipped}",
        "{send: shiped, category: delivery}",
        "{send: shipped, category: dilivery}",
        "{send: shipped, category: delivery, by: fax}",
        "{send: shipped, category: delivery, at_most: 3 days}",
        "{send: shipped, category: delivery, send_at: 10am}",
        "{send: shipped, category: delivery, valid_for: soon}",
        "{suppress: [sales]}",
        "{call: open_case}",
        "{call: open_support_case, with: {ordr: order.id}}",
        "{grant: free_returns}",
        "{grant: free_returns, for: 1 month, uses: 0}",
        "{set: {customer.tier: gold}}",
        "{emit: order.placed}",
        "{sent: shipped}",
        "{send: shipped, category: delivery, call: open_support_case}",
    ],
)
def test_a_slip_in_an_action_is_marked(action: str) -> None:
    assert marks(action)


def test_what_policies_attach_need_not_be_passed() -> None:
    assert marks("{call: open_support_case}") == []


def test_a_folder_with_mistakes_still_has_a_schema() -> None:
    broken = {**OWN, "policies.yaml": "version: 1\ncategories: 7\n", "journeys/a.yaml": "rules: ["}

    assert schema_of("journeys", read_known(broken))["definitions"]["template"] == {
        "enum": ["shipped"]
    }


def test_an_editor_says_what_an_action_does_and_what_an_event_is() -> None:
    calls, events = (SCHEMA["definitions"][name] for name in ("action_name", "event"))
    said = dict(zip(calls["enum"], calls["enumDescriptions"], strict=True))
    meant = dict(zip(events["enum"], events["enumDescriptions"], strict=True))

    assert said["refund"] == "Pay money back the way it came."
    assert meant["order.placed"] == "The shop has taken the order."
