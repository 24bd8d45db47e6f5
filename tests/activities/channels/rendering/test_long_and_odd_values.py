"""Whatever a sender writes, the mail leaves: cleaned, cut, and polite."""

from typing import Any

import pytest

from activities.channels.rendering.localized import ReaderLocale
from activities.channels.rendering.safe_text import WholeLink, cleaned
from activities.channels.rendering.templates import MAX_BYTES
from tests.activities.channels.rendering.rendering_cases import (
    ENGLISH,
    INDONESIAN,
    a_mail,
    shipped,
    written,
)

LINES = "{% for item in order.items %}\n- {{ item.title }}\n{% endfor %}\nThat is all."


def lamps(count: int, title: str = "Lamp") -> dict[str, Any]:
    return {"items": [{"title": f"{title} {number}"} for number in range(1, count + 1)]}


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("Lamp\x03 blue", "Lamp blue"),
        ("\u202eLamp\u202c", "Lamp"),
        ("\u2066Lamp\u2069 \u200f", "Lamp"),
        ("\ufeffLamp\x1b[0m\x00", "Lamp[0m"),
        ("  Lamp\t", "Lamp"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("👩‍👩‍👧 می‌خواهم", "👩‍👩‍👧 می‌خواهم"),
    ],
)
def test_unseen_characters_are_removed_and_all_others_stay(told: str, read: str) -> None:
    assert cleaned(told) == read


def test_an_unseen_character_in_a_title_loses_no_mail() -> None:
    mail = shipped(order={"id": "A1", "items": [{"title": "Lamp\x03 \u202eblue"}]})

    assert "Lamp blue" in mail.text
    assert "Lamp blue" in (mail.html or "")


@pytest.mark.parametrize("name", ["", " ", "\u200f", "\x03\t", "\u200b\xa0", "\u3164", "\u2800"])
def test_an_empty_name_is_greeted_politely(name: str) -> None:
    assert shipped(customer={"first_name": name}).text.startswith("Hello there,")
    said = written('"x" if customer.first_name is known else "y"', customer={"first_name": name})
    assert said == "y"


def test_blanks_around_a_name_are_passed_over() -> None:
    assert shipped(customer={"first_name": "  Ana "}).text.startswith("Hello Ana,")


def test_an_empty_text_without_default_loses_no_mail() -> None:
    assert written("review.text", review={"text": ""}) == ""


def test_many_titles_are_cut_with_how_many_more() -> None:
    assert written("order.items | titles", order=lamps(2)) == "Lamp 1 and Lamp 2"
    assert written("order.items | titles", order=lamps(12)).endswith("Lamp 10 and 2 more")
    assert written("order.items | titles", INDONESIAN, order=lamps(12)).endswith("dan 2 lainnya")
    swahili = written("order.items | titles", ReaderLocale("sw", "UTC"), order=lamps(12))
    assert swahili.endswith("and 2 more")


def test_a_title_of_blanks_is_no_title() -> None:
    items = [{"title": " "}, {"title": "Tea"}, "CUP"]
    assert written("order.items | titles", order={"items": items}) == "Tea"


def test_a_long_loop_is_cut_with_how_many_more() -> None:
    text = a_mail(LINES, order=lamps(130)).text

    assert "- Lamp 100" in text
    assert "Lamp 101" not in text
    assert "and 30 more" in text
    assert text.endswith("That is all.\n")


def test_a_short_loop_is_written_whole() -> None:
    assert "more" not in a_mail(LINES, order=lamps(100)).text
    assert "more" not in a_mail(LINES, order=lamps(0)).text


def test_a_loop_within_a_line_says_how_many_more_within_it() -> None:
    body = "You get {% for item in order.items %}{{ item.title }}, {% endfor %} soon."
    assert "Lamp 100, and 7 more soon." in a_mail(body, order=lamps(107)).text


def test_a_loop_with_a_condition_is_cut_without_a_number_that_may_be_wrong() -> None:
    body = (
        '{% for item in order.items if item.title != "Lamp 1" %}{{ item.title }} {% endfor %} end'
    )
    text = a_mail(body, order=lamps(300)).text
    assert "Lamp 100" in text
    assert "more" not in text


def test_the_messages_of_a_digest_are_all_in_it() -> None:
    body = "{% for one in digest.messages %}\n{{ one.title }}\n\n{% endfor %}"
    text = a_mail(body, digest={"messages": lamps(150)["items"]}).text
    assert "Lamp 150" in text


@pytest.mark.parametrize("reader", [ENGLISH, INDONESIAN])
def test_what_is_too_big_is_said_more_briefly(reader: ReaderLocale) -> None:
    mail = a_mail(LINES, reader, order=lamps(5000, "&" * 1900))

    assert len((mail.html or "").encode()) <= MAX_BYTES
    assert "&&&…" in mail.text


def test_one_endless_text_is_cut() -> None:
    assert len(written("review.text", review={"text": "a" * 500_000})) == 2000


def test_a_link_is_whole_however_briefly_all_else_is_said() -> None:
    url = WholeLink(f"https://purna.example/unsubscribe/{'x' * 300}")
    body = "[No more]({{ links.unsubscribe }})\n\n" + LINES

    mail = a_mail(body, links={"unsubscribe": url}, order=lamps(5000, "&" * 1900))

    assert "&&&…" in mail.text
    assert (url in mail.text, url in (mail.html or "")) == (True, True)
