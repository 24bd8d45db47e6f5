"""Every shipped template in both languages: of a customer of whom little is known, and of one of
whom all is.
"""

from functools import cache
from typing import Any

import pytest

from activities.channels.letters import Letters
from activities.channels.port import Letter
from engine.facts.state import empty
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.sending.question import MessageQuestion
from operations.answers.answer_sentences import Answering
from process.signed_links import Links
from tests.rules.story import ANA, FOLDER, Story, at, the_rules

TEMPLATES = {
    "order_confirmed", "parcel_shipped", "parcel_delivered", "order_cancelled", "review_request",
    "next_order_offer",
    "tier_reached", "return_requested", "return_approved", "return_approved_fee", "return_pickup",
    "return_declined",
    "return_picked_up",
    "return_received", "return_inspected", "return_questions", "return_refunded",
    "return_exchanged", "return_credited",
    "return_feedback", "order_too_late", "order_refunded", "cancelled_present",
    "subscription_renews",
    "subscription_changed",
}  # fmt: skip
SENTENCES = {"return_window"}
MARKETING = {
    "review_request",
    "next_order_offer",
    "tier_reached",
    "return_feedback",
    "cancelled_present",
}
LETTERS = Letters(Links("https://purna.example", (b"s" * 32,)))
STRANGER = {"id": "ana", "email": "ana@example.com"}
MUGS = [{"id": "M1", "title": "Teh poci"}, {"id": "M2", "title": "Two *mugs* & <saucers>"}]
HELLO = {"en": ("Hello Ana,", "Hello there,"), "id": ("Halo Ana,", "Halo Kak,")}


@cache
def told(locale: str, *, in_full: bool) -> Story:
    """A story in which every template is wanted."""
    story = Story(customer={**(ANA if in_full else STRANGER), "locale": locale})
    story.shipped("1 Mar 10:10", order="A8", parcel="P8")
    story.tell("1 Mar 10:20", "order.cancel_requested", "A8")
    story.tell("1 Mar 10:30", "return.approved", "A4", **a_return("R4", in_full=in_full))
    late = a_return("R9", in_full=in_full, reason="late")
    story.tell("1 Mar 10:40", "return.approved", "A9", **late)
    damaged = a_return("R7", in_full=in_full, condition="damaged")
    story.tell("1 Mar 10:50", "return.inspected", "A7", **damaged)
    story.tier("1 Mar 11:00", "gold")
    order: dict[str, Any] = {"promised_on": "2026-03-05", "items": MUGS} if in_full else {}
    story.tell("2 Mar 10:00", "order.confirmed", order=order)
    for parcel in ("P1", "P2") if in_full else ("P1",):
        story.tell(
            "3 Mar 10:00",
            "shipment.shipped",
            shipment={"id": parcel} | ({"eta": "2026-03-06"} if order else {}),
        )
    for parcel in ("P1", "P2") if in_full else ("P1",):
        story.delivered("4 Mar 10:00", parcel=parcel)
    story.tell("5 Mar 10:00", "order.cancel_requested", "A2")
    story.tell("5 Mar 11:00", "order.cancelled", "A2", order={"total": "80 EUR"} if in_full else {})
    story.tell("5 Mar 12:00", "order.refunded", "A2")
    sent_back(story, in_full=in_full)
    subscribed(story, in_full=in_full)
    return story


def a_return(name: str, *, in_full: bool, **facts: str) -> dict[str, Any]:
    known = {"amount": "12 EUR", "items": MUGS} if in_full else {}
    return {"return": {"id": name, **known, **facts}}


def sent_back(story: Story, *, in_full: bool) -> None:
    """A return that goes well, and one that does not."""
    well = a_return("R5", in_full=in_full)
    for step in (
        "requested",
        "approved",
        "picked_up",
        "received",
        "inspected",
        "refunded",
        "exchanged",
        "credited",
    ):
        story.tell("6 Mar 11:00", f"return.{step}", "A5", **well)
    story.tell("6 Mar 11:00", "return.declined", "A6", **a_return("R6", in_full=in_full))


def subscribed(story: Story, *, in_full: bool) -> None:
    price = {"price": "9 EUR"} if in_full else {}
    story.tell(
        "7 Mar 11:00",
        "subscription.started",
        None,
        subscription={"id": "S1", "renews_at": at("20 Mar 10:00").isoformat(), **price},
    )
    story.tell("7 Mar 12:00", "subscription.swapped", None, subscription={"id": "S1"})


def letter(story: Story, template: str) -> Letter:
    """The last letter of a template, as it left."""
    row = story.messages(template)[-1]
    question = story.store.question(row.key)
    assert isinstance(question, MessageQuestion)
    return LETTERS.write(question, {}, "ana@example.com", row.settled_at or at("9 Mar 10:00"))


@pytest.mark.parametrize("in_full", [True, False])
@pytest.mark.parametrize("locale", ["en", "id"])
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_a_template_is_whole_in_both_languages_and_both_parts(
    template: str, locale: str, in_full: bool
) -> None:
    written = letter(told(locale, in_full=in_full), template)
    text, html = written.text, written.html or ""

    assert written.subject
    assert f'<html lang="{locale}">' in html
    hello = HELLO[locale][0 if in_full else 1]
    assert text.startswith(hello)
    assert hello in html
    assert not [odd for odd in ("{{", "{%", "None", "**", "Undefined") if odd in text + html]


@pytest.mark.parametrize("locale", ["en", "id"])
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_marketing_can_be_ended_with_one_click_and_nothing_else_can(
    template: str, locale: str
) -> None:
    written = letter(told(locale, in_full=True), template)

    assert (written.unsubscribe is not None) is (template in MARKETING)
    for part in (written.text, written.html or ""):
        assert ("https://purna.example/unsubscribe/" in part) is (template in MARKETING)


@pytest.mark.parametrize(
    ("locale", "day", "sentence"),
    [
        (
            "en",
            "4 Mar 11:00",
            "You may send back what you do not want to keep until Saturday, 18 April.",
        ),
        (
            "id",
            "4 Mar 11:00",
            "Anda dapat mengembalikan barang yang tidak sesuai sampai Sabtu, 18 April.",
        ),
        ("en", "30 Apr 11:00", "The time for sending something back ended on 18 April 2026."),
        ("id", "30 Apr 11:00", "Masa pengembalian barang berakhir pada 18 April 2026."),
        ("en", None, "You have 45 days from delivery to send back what you do not want to keep."),
        ("id", None, "Anda memiliki waktu 45 hari sejak barang diterima untuk mengembalikannya."),
    ],
)
def test_the_return_window_is_said_in_both_languages(
    locale: str, day: str | None, sentence: str
) -> None:
    order = {"order.delivered": ["2026-03-04T10:00:00.000000Z"] * 2} if day else {}
    tier = {"customer.tier": ["gold", "", 0]}
    subjects = Subjects({**empty(), "happened": order}, {**empty(), "facts": tier}, "A1", "ana")
    view = View(the_rules(), subjects, About("order", "A1"), at(day or "2 Mar 10:00"))

    answered = Answering().ask("return_window", view, locale)
    assert answered is not None
    assert answered.say == sentence


def test_no_template_is_left_out_in_any_language() -> None:
    files = {
        lang: {file.stem for file in (FOLDER / "templates" / lang).glob("*.md")}
        for lang in ("en", "id")
    }

    assert files == dict.fromkeys(("en", "id"), TEMPLATES | SENTENCES | {"footer"})


def test_a_reader_of_another_language_reads_english() -> None:
    assert "Hello Ana," in letter(told("fr", in_full=True), "order_confirmed").text


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("order_confirmed", "It should be with you by Thursday, 5 March."),
        (
            "parcel_shipped",
            "parcel 2 of your order A1 has left us with Teh poci and Two *mugs* & <saucers>.",
        ),
        ("parcel_shipped", "We expect it with you by Friday, 6 March."),
        ("parcel_delivered", "parcel 2 of your order A1 has been delivered."),
        ("parcel_delivered", "You may send it back until Saturday, 18 April."),
        ("order_cancelled", "your order A2 is cancelled."),
        ("review_request", "your order A1 has arrived on Wednesday, 4 March."),
        ("return_approved_fee", "hand it in. The way back costs €"),
        ("next_order_offer", "just mention order A1."),
        ("tier_reached", "you have reached gold."),
        ("return_requested", "send back Teh poci and Two *mugs* & <saucers>."),
        ("return_approved", "Here is the label"),
        ("return_pickup", "fetches the parcel on Tuesday, 1 January."),
        ("return_refunded", "€12.00 for order A5 goes back"),
        ("order_refunded", "€80.00 for the cancelled order A2"),
        ("cancelled_present", "SAVE-EXAMPLE saves you the shipping until"),
        ("subscription_renews", "renews on Friday, 20 March for €9.00."),
        ("subscription_changed", "renews on Friday, 20 March."),
    ],
)
def test_what_is_known_is_said(template: str, says: str) -> None:
    assert says in " ".join(letter(told("en", in_full=True), template).text.split())


@pytest.mark.parametrize(
    ("template", "says", "unsaid"),
    [
        ("order_confirmed", "We tell you as soon as a parcel leaves us.", "should be with you"),
        ("parcel_shipped", "your order A1 has left us.", "We expect it"),
        ("parcel_delivered", "your order A1 has been delivered.", "parcel 1"),
        ("next_order_offer", "we hope you enjoy your order.", "Teh poci"),
        ("return_requested", "send back your order.", "Teh poci"),
        ("return_credited", "your credit for order A5 is on your account", "€"),
        ("order_refunded", "what you have paid for the cancelled order A2", "€"),
        ("subscription_renews", "renews on Friday, 20 March. You need to do nothing.", "€"),
    ],
)
def test_what_is_not_known_is_passed_over(template: str, says: str, unsaid: str) -> None:
    text = " ".join(letter(told("en", in_full=False), template).text.split())

    assert says in text
    assert unsaid not in text


def test_what_a_customer_wrote_is_no_markup() -> None:
    html = letter(told("en", in_full=True), "parcel_shipped").html or ""

    assert "Two *mugs* &amp; &lt;saucers&gt;" in html
    assert "<em>" not in html
