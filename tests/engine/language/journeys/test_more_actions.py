# truth values are part of what is tested
from datetime import time
from typing import Any

import pytest

from engine.catalog.values import FactType, parse_duration
from engine.language.known import Actions, ParameterSpec, Signature
from engine.language.reader import read_ruleset
from engine.rules.rule import Action, Argument, Call, Emit, Grant, Listened, Put, Send, Suppress
from tests.engine.language.folders import a_folder, a_rule, only_problem, problems_of, the_rule

OWN = """\
version: 1
events:
  setup.started: {about: order, facts: {setup.product: optional text,
      setup.steps: optional integer}}
  social.mentioned: {about: customer, repeats: true}
  parcel.found: {about: shipment}
facts:
  customer.at_risk: {type: boolean, default: false, set_by: rules}
  customer.mood: {type: [good, bad], default: good, set_by: rules}
  review.weight: {type: integer, default: 1, set_by: rules}
"""
CODE: Actions = {
    "create_code": Signature(
        {"kind": ParameterSpec(FactType("text")), "tier": ParameterSpec(FactType("text"))},
        {"value": FactType("text"), "expires_at": FactType("datetime"), "extra": None},
    ),
    "open_case": {"topic": ParameterSpec(FactType("text"), required=False)},
}
CALL = "{call: create_code, as: code, with: {kind: percent, tier: customer.tier}}"


def actions(said: str, when: str = "order.placed", **files: str) -> tuple[Action, ...]:
    return the_rule(a_rule(when, do=f"[{said}]"), **files).actions


def coded(said: str) -> list[str]:
    folder = a_folder(a_rule("order.placed", do=f"[{CALL}, {said}]"))
    return problems_of(folder, CODE)


def test_a_message_has_its_time_its_product_and_its_condition() -> None:
    keys = 'send_at: "10:00", about: review.product_id, only_if: review.stars >= 4'
    (sent,) = actions(f"{{send: hello, category: sales, {keys}}}", "review.received")
    assert isinstance(sent, Send)
    assert (sent.send_at, sent.about) == (time(10), "review.product_id")
    assert [condition.text for condition in sent.only_if] == ["review.stars >= 4"]


def test_a_silence_may_be_about_a_product_and_lifted_by_any_order() -> None:
    keys = (
        "at_most: 30 days, about: review.product_id, until: [order.placed by the customer], "
        "only_if: review.stars = 1"
    )
    (silence,) = actions(f"{{suppress: sales, {keys}}}", "review.received")
    assert isinstance(silence, Suppress)
    assert (silence.about, silence.until) == (
        "review.product_id",
        (Listened("order.placed", by_customer=True),),
    )
    assert len(silence.only_if) == 1


def test_later_actions_read_the_result_of_a_call() -> None:
    sent = (
        "{send: hello, category: sales, with: {code: code.value}, only_if: code.expires_at is "
        "known}"
    )
    call, message = (
        read_ruleset(a_folder(a_rule("order.placed", do=f"[{CALL}, {sent}]")), CODE)
        .rules["a-rule"]
        .actions
    )
    assert isinstance(call, Call)
    assert isinstance(message, Send)
    assert (call.name, message.arguments) == ("code", {"code": Argument(name="code.value")})
    assert message.only_if[0].reads == {"code.expires_at"}


@pytest.mark.parametrize(
    "only_if", ["code.extra > 5", "code.extra = true", "code.extra", "code.value = a"]
)
def test_a_field_of_unknown_type_goes_with_everything(only_if: str) -> None:
    sent = f"{{send: hello, category: sales, only_if: {only_if}}}"
    assert read_ruleset(a_folder(a_rule("order.placed", do=f"[{CALL}, {sent}]")), CODE).rules


def test_any_field_of_a_result_may_be_asked_where_nobody_says_which_there_are() -> None:
    said = (
        "{call: anything, as: found}, {send: hello, category: sales, only_if: found.count > 2, "
        "with: {n: found.n}}"
    )
    _, message = actions(said)
    assert isinstance(message, Send)
    assert message.arguments == {"n": Argument(name="found.n")}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            "{send: hello, category: sales, with: {a: code.valu}}",
            "unknown fact code.valu, did you mean code.value? [J07]",
        ),
        (
            "{send: hello, category: sales, only_if: code.valu = a}",
            "unknown fact code.valu, did you mean code.value? [J07]",
        ),
        (
            "{send: hello, category: sales, only_if: code.value > 5}",
            "code.value is text, 5 is a whole number [J09]",
        ),
        ("{call: open_case, as: code}", "an earlier call is named code already [J06]"),
        (
            "{call: open_case, as: order}",
            "there are facts that begin with order.; take another name [J06]",
        ),
        (
            "{call: open_case, as: answer}",
            "there are facts that begin with answer.; take another name [J06]",
        ),
        (
            "{call: open_case, as: The Code}",
            "The Code is no name: small letters, digits and _ [J05]",
        ),
        (
            "{call: open_case, with: {topic: code.expires_at}, only_if: cod.value = a}",
            "unknown fact cod.value",
        ),
    ],
)
def test_a_result_is_read_under_its_name_only(said: str, problem: str) -> None:
    (only,) = coded(said)
    assert problem in only


def test_a_result_is_not_known_before_its_call_nor_in_another_branch() -> None:
    sent = "{send: hello, category: sales, only_if: code.value = a}"
    problem = only_problem(a_rule("order.placed", do=f"[{sent}, {{call: anything, as: code}}]"))
    assert "unknown fact code.value" in problem
    lines = f"[{{if: order.express, do: {{call: anything, as: code}}}}, {{otherwise: {sent}}}]"
    journey = f"version: 1\nrules: [{{id: a-rule, when: order.placed, choose: {lines}}}]\n"
    assert "unknown fact code.value" in only_problem(journey)


def test_a_parameter_that_policies_attach_is_not_missing() -> None:
    do = "{call: create_code, with: {kind: percent}}"
    folder = a_folder(a_rule("order.placed", do=do))
    assert problems_of(folder, CODE) == [
        "journeys/a.yaml:5:16: create_code needs the parameter tier [J33]"
    ]
    attached = "version: 1\nattach: [{actions: create_code, with: {tier: customer.tier}}]\n"
    assert read_ruleset(folder | {"policies.yaml": attached}, CODE).rules


def test_set_gives_facts_typed_values_for_a_time() -> None:
    said = (
        "{set: {customer.at_risk: true, customer.mood: bad}, for: 30 days, only_if: order.express}"
    )
    (put,) = actions(said, catalog=OWN)
    assert isinstance(put, Put)
    assert put.values == {
        "customer.at_risk": Argument(constant=True),
        "customer.mood": Argument("bad"),
    }
    assert (put.lasts, len(put.only_if)) == (parse_duration("30 days"), 1)


def test_set_may_read_its_value_and_last_for_good() -> None:
    (put,) = actions("{set: {review.weight: review.stars}}", "review.received", catalog=OWN)
    assert isinstance(put, Put)
    assert (put.values, put.lasts) == ({"review.weight": Argument(name="review.stars")}, None)


def test_emit_is_an_own_event_about_the_thing_or_what_contains_it() -> None:
    (told,) = actions(
        "{emit: setup.started, with: {setup.product: review.product_id, setup.steps: 3}}",
        "review.received",
        catalog=OWN,
    )
    assert isinstance(told, Emit)
    assert told.event == "setup.started"
    assert told.arguments == {
        "setup.product": Argument(name="review.product_id"),
        "setup.steps": Argument(3),
    }
    assert actions("{emit: social.mentioned}", catalog=OWN)


def test_every_action_may_have_a_condition() -> None:
    grant, call = actions(
        "{grant: free, for: 1 day, only_if: order.express}, {call: x, only_if: order.express}"
    )
    assert isinstance(grant, Grant)
    assert isinstance(call, Call)
    assert (len(grant.only_if), len(call.only_if)) == (1, 1)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            "{set: {customer.at_rsk: true}}",
            "unknown fact customer.at_rsk, did you mean customer.at_risk? [J07]",
        ),
        (
            "{set: {customer.tier: gold}}",
            "customer.tier is not set by rules; catalog.yaml says `set_by: rules`",
        ),
        ("{set: {customer.at_risk: maybe}}", "true or false, not 'maybe' [J09]"),
        ("{set: {customer.mood: sad}}", "unknown value sad, did you mean bad? [J09]"),
        ("{set: {customer.at_risk: order.total}}", "order.total is money, not boolean [J09]"),
        (
            "{set: {customer.at_risk: order.expres}}",
            "unknown fact order.expres, did you mean order.express? [J07]",
        ),
        (
            "{set: {review.weight: 5}}",
            "a rule about order does not know which review to set review.weight of [J08]",
        ),
        ("{set: {}}", "set is a mapping from fact to value"),
        ("{set: a}", "set is a mapping from fact to value"),
        (
            "{emit: order.placed}",
            "order.placed is not an event of catalog.yaml; only those are emitted [J07]",
        ),
        ("{emit: setup.startd}", "unknown event setup.startd, did you mean setup.started? [J07]"),
        (
            "{emit: parcel.found}",
            "a rule about order does not know which shipment parcel.found is about [J08]",
        ),
        ("{emit: setup.started, with: {setup.steps: many}}", "a number, not 'many' [J09]"),
        (
            "{emit: setup.started, with: {setup.step: 3}}",
            "unknown fact setup.step, did you mean setup.steps? [J07]",
        ),
        (
            "{emit: social.mentioned, with: {order.total: 3 EUR}}",
            "an event about customer carries no fact of order: order.total [J08]",
        ),
        ("{emit: setup.started, with: [a]}", "with is a mapping from fact to value [J09]"),
        (
            "[{call: x, as: y}, {suppress: [sales], at_most: 1 day, only_if: y.z is known}]",
            (
                "a silence begins when its rule acts and waits for no call: its only_if cannot "
                "read y.z [J08]"
            ),
        ),
        (
            "{send: hello, category: sales, send_at: noon}",
            "a time of day such as 21:00, not noon [J09]",
        ),
        (
            "{send: hello, category: sales, about: order.total}",
            "order.total is money, not text [J09]",
        ),
        ("{send: hello, category: sales, about: order.product}", "unknown fact order.product"),
        ("{send: hello, category: sales, only_if: order.expres}", "unknown fact order.expres"),
    ],
)
def test_an_action_with_a_mistake(said: str, problem: str) -> None:
    assert problem in only_problem(a_rule("order.placed", do=said), catalog=OWN)


def test_a_signature_equals_its_parameters() -> None:
    plain: Any = {"a": ParameterSpec()}
    assert Signature(plain, {"value": None}) == plain
