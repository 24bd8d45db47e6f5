# truth values are part of what is tested
from datetime import date
from typing import Any

import pytest

from engine.catalog.values import FactType, Money, parse_duration
from engine.language.known import Actions, ParameterSpec
from engine.language.reader import read_ruleset
from engine.rules.rule import Action, Argument, Call, Grant, Listened, Send, Suppress
from tests.engine.language.folders import (
    EVERY_PART,
    a_folder,
    a_rule,
    only_problem,
    problems_of,
    the_rule,
)

REGISTERED: Actions = {
    "open_claim": {
        "parcel": ParameterSpec(FactType("text")),
        "stars": ParameterSpec(FactType("integer"), required=False),
        "kind": ParameterSpec(FactType("enum", ("lost", "late")), required=False),
        "anything": ParameterSpec(required=False),
    }
}


def action(said: str, when: str = "shipment.shipped") -> Action:
    (only,) = the_rule(a_rule(when, do=said)).actions
    return only


def called(arguments: str) -> str:
    (problem,) = problems_of(
        a_folder(a_rule(do=f"{{call: open_claim, with: {arguments}}}")), REGISTERED
    )
    return problem


def readers(to: str, when: str = "shipment.shipped") -> list[str | None]:
    said = f"{{send: hello, category: delivery, to: {to}}}"
    sends = the_rule(a_rule(when, do=said)).actions
    return [one.to for one in sends if isinstance(one, Send)]


def test_a_message_to_several_readers_is_one_for_each() -> None:
    assert readers("customer") == ["customer"]
    assert readers("customer.email") == ["customer.email"]
    assert readers("[order.contact, order.email, order.contact]") == [
        "order.contact", "order.email",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("to", "when", "problem"),
    [
        ("order.contact", "loyalty.joined", "J08"),
        ("order.email", "loyalty.joined", "J08"),
        ("order.mail", "order.placed", "J07"),
        ("order.total", "order.placed", "J09"),
        ("shipment.tracking_number", "shipment.shipped", "J08"),
        ("[]", "order.placed", "J03"),
    ],
)
def test_a_reader_is_an_address_that_the_rule_knows(to: str, when: str, problem: str) -> None:
    said = f"{{send: hello, category: delivery, to: {to}}}"

    assert f"[{problem}]" in only_problem(a_rule(when, do=said))


def test_send_with_its_defaults_and_with_every_key() -> None:
    plain = action("{send: hello, category: delivery}")
    assert isinstance(plain, Send)
    assert (plain.template, plain.category, plain.by, plain.valid_for, plain.arguments) == (
        "hello",
        "delivery",
        None,
        None,
        {},
    )
    full = action(
        "{send: hello, category: delivery, by: [push, email], valid_for: 5 days, with: {day: "
        "shipment.eta}}"
    )
    assert isinstance(full, Send)
    assert (full.by, full.valid_for) == (("push", "email"), parse_duration("5 days"))
    assert full.arguments == {"day": Argument(name="shipment.eta")}


@pytest.mark.parametrize(
    ("by", "channels"), [("preferred", None), ("sms", ("sms",)), ("[sms, email]", ("sms", "email"))]
)
def test_by_is_a_channel_a_list_or_preferred(by: str, channels: Any) -> None:
    sent = action(f"{{send: hello, category: delivery, by: {by}}}")
    assert isinstance(sent, Send)
    assert sent.by == channels


@pytest.mark.parametrize(
    ("when", "across"),
    [("review.received", False), ("shipment.lost", False), ("customer.created", True)],
)
def test_suppress_is_about_the_order_of_a_rule_that_has_one(when: str, across: bool) -> None:
    silence = action("{suppress: sales, at_most: 60 days}", when)
    assert isinstance(silence, Suppress)
    assert (silence.categories, silence.across_customer, silence.until) == (("sales",), across, ())


def test_suppress_with_every_key() -> None:
    until = "until: [support.case_solved, order.cancelled]"
    silence = action(
        f"{{suppress: [sales, referral], at_most: 60 days, across: customer, {until}}}",
        "review.received",
    )
    assert isinstance(silence, Suppress)
    assert (silence.at_most, silence.across_customer) == (parse_duration("60 days"), True)
    assert silence.until == (Listened("support.case_solved"), Listened("order.cancelled"))


def test_all_marketing_passes_over_what_ignores_suppression() -> None:
    silence = action("{suppress: all marketing, at_most: 60 days}")
    assert isinstance(silence, Suppress)
    assert silence.categories == ("loyalty", "referral", "recommendation", "sales")


def test_grant_lasts_for_a_time_and_a_number_of_uses() -> None:
    once, thrice = (
        action("{grant: free_return, for: 30 days}"),
        action("{grant: free_return, for: 30 days, uses: 3}"),
    )
    assert isinstance(once, Grant)
    assert isinstance(thrice, Grant)
    assert (once.perk, once.lasts, once.uses, thrice.uses) == (
        "free_return",
        parse_duration("30 days"),
        1,
        3,
    )


@pytest.mark.parametrize(
    ("written", "argument"),
    [
        ("order.id", Argument(name="order.id")),
        ("5", Argument(5)),
        ("5.5", Argument(5.5)),
        ("true", Argument(constant=True)),
        ("80 EUR", Argument(Money(8000, "EUR"))),
        ("14 days", Argument(parse_duration("14 days"))),
        ("2026-03-05", Argument(date(2026, 3, 5))),
        ("free_shipping", Argument("free_shipping")),
        ("www.shop.example", Argument("www.shop.example")),
        ("01234", Argument("01234")),
    ],
)
def test_values_are_read_typed_or_text(written: str, argument: Argument) -> None:
    call = action(f"{{call: anything, with: {{value: {written}}}}}")
    assert isinstance(call, Call)
    assert call.arguments == {"value": argument}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            "{sned: hello, category: delivery}",
            "5:10: unknown action sned, did you mean send? [J02]",
        ),
        (
            "{send: hello, call: x, category: delivery}",
            "one action at a time: send and call are two [J02]",
        ),
        ("hello", "5:9: an action is a mapping"),
        ("{}", "5:9: unknown action"),
        ("[]", "5:9: do needs an action [J03]"),
        (
            "{send: hello, category: delivery, as: x}",
            (
                "unknown key as; known: about, by, category, only_if, send, send_at, to, "
                "valid_for, with [J02]"
            ),
        ),
        ("{send: hello}", "5:9: send needs category [J03]"),
        (
            "{send: helo, category: delivery}",
            "5:16: unknown template helo, did you mean hello? [J07]",
        ),
        (
            "{send: hello, category: delivry}",
            "5:33: unknown category delivry, did you mean delivery? [J07]",
        ),
        (
            "{send: hello, category: delivery, by: mail}",
            "unknown channel mail, did you mean email? [J07]",
        ),
        ("{send: hello, category: delivery, valid_for: 5}", "5 what? write `5 days` [J09]"),
        (
            "{send: hello, category: delivery, valid_for: 5 dayz}",
            "a duration such as 48 hours or 3 days, not '5 dayz' [J09]",
        ),
        ("{suppress: sales}", "5:9: suppress needs at_most: nothing is silenced for ever [J20]"),
        (
            "{suppress: delivery, at_most: 1 day}",
            "5:20: category delivery ignores suppression [J20]",
        ),
        (
            "{suppress: [], at_most: 1 day}",
            "5:20: suppress needs a category, or `all marketing` [J03]",
        ),
        (
            "{suppress: sales, at_most: 1 day, across: order}",
            "unknown across order; known: customer [J09]",
        ),
        ("{suppress: sales, at_most: 1 day, until: x.y}", "unknown event x.y [J07]"),
        ("{grant: perk}", "5:9: grant needs for [J03]"),
        ("{grant: perk, for: 1 day, uses: 0}", "a perk has at least one use [J09]"),
        (
            "{call: x, with: {a: order.idd}}",
            "5:29: unknown fact order.idd, did you mean order.id? [J07]",
        ),
        (
            "{call: x, with: {a: review.stars}}",
            "a rule about shipment cannot read review.stars, which belongs to review [J08]",
        ),
        (
            "{call: x, with: {a: [1]}}",
            "a value is a number, money, a duration, a date, true, false, a fact or text [J09]",
        ),
        (
            '{call: tell_team, with: {text: "Order {{ order.id }} waits"}}',
            "or write the sentence in a template [J09]",
        ),
        ("{call: x, with: [a]}", "with is a mapping from parameter to value [J09]"),
    ],
)
def test_an_action_with_a_mistake(said: str, problem: str) -> None:
    assert problem in only_problem(a_rule(do=said))


def test_a_call_is_checked_against_what_is_registered() -> None:
    folder = a_folder(a_rule(do="{call: open_clam, with: {parcel: shipment.id}}"))
    assert problems_of(folder, REGISTERED) == [
        "journeys/a.yaml:5:16: unknown action open_clam, did you mean open_claim? [J07]"
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("{}", "5:16: open_claim needs the parameter parcel [J33]"),
        (
            "{parcel: shipment.id, star: 5}",
            "unknown parameter of open_claim: star, did you mean stars? [J33]",
        ),
        ("{parcel: shipment.id, stars: many}", "stars of open_claim is integer, not many [J33]"),
        (
            "{parcel: shipment.id, stars: shipment.eta}",
            "stars of open_claim is integer, not date [J33]",
        ),
        (
            "{parcel: shipment.id, kind: gone}",
            "kind of open_claim is one of lost, late, not gone [J33]",
        ),
    ],
)
def test_the_parameters_of_a_call_are_checked(arguments: str, problem: str) -> None:
    assert problem in called(arguments)


@pytest.mark.parametrize(
    "more", ["", ", stars: 5", ", stars: shipment.number", ", kind: late", ", anything: 5 EUR"]
)
def test_parameters_that_fit_are_silent(more: str) -> None:
    said = a_rule(do=f"{{call: open_claim, with: {{parcel: shipment.id{more}}}}}")
    assert read_ruleset(a_folder(said), REGISTERED).rules


def test_a_template_needs_the_default_locale_and_a_part_for_some_channel() -> None:
    folder = a_folder(a_rule(do="{send: hello, category: delivery, by: [sms, push]}"))
    folder["templates/en/hello.md"] = "---\nsubject: Hello\n---\nHello.\n"
    assert problems_of(folder) == [
        (
            "journeys/a.yaml:5:16: template hello has no part for sms or push: "
            "add `sms:` at its head [J24]"
        )
    ]
    folder["templates/fr/hello.md"] = EVERY_PART
    del folder["templates/en/hello.md"]
    assert problems_of(folder) == [
        "journeys/a.yaml:5:16: template hello is missing in en, the default locale [J24]"
    ]


def test_one_channel_with_a_part_is_enough() -> None:
    folder = a_folder(a_rule(do="{send: hello, category: delivery, by: [sms, email]}"))
    folder["templates/en/hello.md"] = "---\nsubject: Hello\n---\nHello.\n"
    assert read_ruleset(folder).channels_of("hello") == {"email"}
