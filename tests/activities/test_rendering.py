from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.rendering.markdown import escape, parse, to_html, to_text
from activities.rendering.problem import InvalidTemplates, RenderingFailed
from activities.rendering.templates import MAX_BYTES, Rendered, Templates, problems
from activities.rendering.words import Reader
from engine.values import Duration, Money

SHIPPED = """\
---
subject: "Your parcel arrives {{ shipment.eta | day }}"
sms: "Order {{ order.id }} arrives {{ shipment.eta | day }}: {{ links.tracking }}"
---
Hello {{ customer.first_name | or("there") }},

your parcel with **{{ order.items | titles }}** is on its way. [Follow it here]({{ links.tracking }}).
"""
VALUES: dict[str, Any] = {
    "shipment": {"eta": date(2026, 3, 5)},
    "order": {"id": "A1", "items": [{"title": "Tea"}, {"title": "A kettle"}, {"title": "Two cups"}]},
    "customer": {"first_name": "Ana"},
    "links": {"tracking": "https://purna.example/t/a_b?x=1&y=2", "unsubscribe": "https://purna.example/u/1"},
}
ENGLISH = Reader("en", "Europe/Paris")
INDONESIAN = Reader("id", "Asia/Jakarta")


def a_mail(body: str, reader: Reader = ENGLISH, subject: str = "Hello", **values: Any) -> Rendered:
    templates = Templates({"en/x.md": f"---\nsubject: '{subject}'\n---\n{body}"}, "en")
    return templates.render("x", "email", reader, values)


def written(expression: str, reader: Reader = ENGLISH, **values: Any) -> str:
    """What one expression writes in an SMS; the template is in the reader's locale."""
    source = {f"{reader.locale}/x.md": f"---\nsms: '{{{{ {expression} }}}}'\n---\n"}
    return Templates(source, reader.locale).render("x", "sms", reader, values).text


def shipped(**changes: Any) -> Rendered:
    return Templates({"en/shipped.md": SHIPPED}, "en").render("shipped", "email", ENGLISH, {**VALUES, **changes})


def complaint(body: str, front: str = "subject: Hi") -> str:
    (problem,) = problems({"en/x.md": f"---\n{front}\n---\n{body}\n"})
    return str(problem)


def test_a_mail_has_a_subject_a_text_and_an_html_part() -> None:
    mail = shipped()

    assert mail.subject == "Your parcel arrives Thursday, 5 March"
    assert mail.text == (
        "Hello Ana,\n\nyour parcel with Tea, A kettle and Two cups is on its way. "
        "Follow it here (https://purna.example/t/a_b?x=1&y=2).\n"
    )
    assert mail.html is not None
    assert "<strong>Tea, A kettle and Two cups</strong>" in mail.html
    assert '<a href="https://purna.example/t/a_b?x=1&amp;y=2">Follow it here</a>' in mail.html
    assert mail.html.startswith('<!doctype html>\n<html lang="en">')


def test_another_channel_gets_its_own_short_text_and_nothing_else() -> None:
    message = Templates({"en/shipped.md": SHIPPED}, "en").render("shipped", "sms", ENGLISH, VALUES)

    text = "Order A1 arrives Thursday, 5 March: https://purna.example/t/a_b?x=1&y=2"
    assert message == Rendered("", text, None)


def test_the_parts_say_on_which_channels_a_template_can_speak() -> None:
    templates = Templates(
        {"en/a.md": SHIPPED, "en/b.md": "---\npush: Hi\nwhatsapp: Hi\n---\n", "id/c.md": SHIPPED}, "en"
    )

    assert templates.parts("a") == {"email", "sms"}
    assert templates.parts("b") == {"push", "whatsapp"}
    assert templates.parts("c") == frozenset()
    assert templates.parts("unheard-of") == frozenset()
    assert templates.names == {"a", "b", "c"}


def test_a_template_says_which_facts_it_reads() -> None:
    looping = "---\nsms: '{% for item in order.items %}{{ item.title }}{{ loop.index }}{% endfor %}'\n---\n"
    templates = Templates({"en/a.md": SHIPPED, "id/a.md": looping, "en/b.md": "---\nsms: '{{ stars }}'\n---\n"}, "en")

    assert templates.reads("a") == {"shipment.eta", "order.id", "order.items", "links.tracking", "customer.first_name"}
    assert templates.reads("b") == {"stars"}


@pytest.mark.parametrize("customer", [{}, {"first_name": None}])
def test_an_unknown_fact_takes_its_default(customer: dict[str, Any]) -> None:
    assert shipped(customer=customer).text.startswith("Hello there,")


def test_a_thing_that_is_wholly_unknown_takes_its_default() -> None:
    assert written('customer.first_name | or("there")') == "there"
    assert written('shipment.eta | day if shipment.eta is known else "soon"') == "soon"


@pytest.mark.parametrize("shipment", [{}, {"eta": None}])
def test_an_unknown_fact_without_default_fails_and_names_the_template(shipment: dict[str, Any]) -> None:
    with pytest.raises(RenderingFailed, match=r"templates/en/shipped.md \(subject\)"):
        shipped(shipment=shipment)


def test_none_is_never_written() -> None:
    with pytest.raises(RenderingFailed, match="something unknown"):
        written("a", a=None)


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("[x](http://evil.example)", "[x](http://evil.example)"),
        ("<b>Ana</b>", "&lt;b&gt;Ana&lt;/b&gt;"),
        ("**Ana** _x_ `c`", "**Ana** _x_ `c`"),
        ("![i](http://evil.example/p.png)", "![i](http://evil.example/p.png)"),
        ("&lt;script&gt;", "&amp;lt;script&amp;gt;"),
        ("<http://evil.example>", "&lt;http://evil.example&gt;"),
        ("{{ 7 }}", "{{ 7 }}"),
        ("O'Brien \\ & Co.", "O'Brien \\ &amp; Co."),
    ],
)
def test_a_name_is_never_markup_and_stands_in_the_text_as_it_is(name: str, html: str) -> None:
    mail = shipped(customer={"first_name": name})

    assert mail.text.startswith(f"Hello {name},")
    assert mail.html is not None
    assert f"<p>Hello {html},</p>" in mail.html


@pytest.mark.parametrize(
    "name", ["# Ana", "- Ana", "1. Ana", "> Ana", "    Ana", "---", "[a]: http://evil.example", "==="]
)
def test_a_name_at_the_start_of_a_line_is_no_block(name: str) -> None:
    mail = a_mail("{{ name }}", name=name)

    assert mail.text == f"{name.strip()}\n"
    assert mail.html is not None
    assert f"<p>{name.strip().replace('>', '&gt;')}</p>" in mail.html


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60))
def test_no_value_whatsoever_becomes_markup(value: str) -> None:
    tokens = parse(f"a {escape(value)} z")

    read = f"a {' '.join(value.split())} z"
    assert to_text(tokens) == f"{read}\n"
    assert unescape(to_html(tokens)) == f"<p>{read}</p>\n"


def test_a_name_over_several_lines_stays_in_its_paragraph() -> None:
    mail = a_mail("Hello {{ name }},", name="Ana\n\n# Sale\r\n\r\n- now")

    assert mail.text == "Hello Ana # Sale - now,\n"


def test_a_link_of_another_kind_is_not_made() -> None:
    mail = a_mail("[go]({{ url }})", url="javascript:alert(1)")

    assert mail.html is not None
    assert "<a" not in mail.html


def test_a_subject_is_one_line() -> None:
    assert a_mail("Hi", subject="Hi {{ name }}", name="Ana\r\nBcc: b@x.example").subject == "Hi Ana Bcc: b@x.example"


def test_html_in_a_template_is_text() -> None:
    mail = a_mail("<script>alert(1)</script>\n\na <b>b</b>")

    assert mail.html is not None
    assert "<script" not in mail.html
    assert "<b>" not in mail.html


def test_the_text_part_keeps_lists_quotes_and_numbers() -> None:
    body = "# News\n\n- one\n- **two**\n  more\n\n3. three\n4. four\n\n> said\n\n---\n\nline\\\nnext *x*"

    assert a_mail(body).text == ("News\n\n- one\n- two\n  more\n\n3. three\n4. four\n\n> said\n\n---\n\nline\nnext x\n")


def test_a_link_that_shows_its_own_address_is_written_once() -> None:
    assert a_mail("[{{ u }}]({{ u }})", u="https://x.example/a").text == "https://x.example/a\n"


def test_paragraphs_of_a_branch_leave_no_trace_when_it_is_not_taken() -> None:
    body = "One\n\n{% if gift is known %}\nA gift: {{ gift }}\n\n{% endif %}\nTwo"

    assert a_mail(body).text == "One\n\nTwo\n"
    assert a_mail(body, gift="tea").text == "One\n\nA gift: tea\n\nTwo\n"


def test_a_loop_writes_a_list() -> None:
    items = [{"title": "Tea", "price": Money(450, "EUR")}, {"title": "Cup*", "price": Money(900, "EUR")}]

    body = "{% for item in order.items %}\n{{ loop.index }}. {{ item.title }}: {{ item.price }}\n{% endfor %}"
    assert a_mail(body, order={"items": items}).text == "1. Tea: €4.50\n2. Cup*: €9.00\n"


@pytest.mark.parametrize(
    ("locale", "day", "on", "at", "total"),
    [
        ("en", "Thursday, 5 March", "5 March 2026", "16:30", "€1,019.90"),
        ("en-US", "Thursday, March 5", "March 5, 2026", "4:30\u202fPM", "€1,019.90"),
        ("id", "Kamis, 5 Maret", "5 Maret 2026", "16.30", "€1.019,90"),
        ("de", "Donnerstag, 5. März", "5. März 2026", "16:30", "1.019,90\xa0€"),
        ("fr", "jeudi 5 mars", "5 mars 2026", "16:30", "1\u202f019,90\xa0€"),
        ("pt-BR", "quinta-feira, 5 de março", "5 de março de 2026", "16:30", "€\xa01.019,90"),
    ],
)
def test_dates_times_and_money_follow_the_language(locale: str, day: str, on: str, at: str, total: str) -> None:
    reader = Reader(locale, "Europe/Paris")
    moment = datetime(2026, 3, 5, 15, 30, tzinfo=UTC)

    assert written("x | day", reader, x=date(2026, 3, 5)) == day
    assert written("x | date", reader, x=date(2026, 3, 5)) == on
    assert written("x | time", reader, x=moment) == at
    assert written("x | money", reader, x=Money(101_990, "EUR")) == total


def test_a_moment_is_told_in_the_zone_of_the_reader() -> None:
    late = datetime(2026, 3, 5, 18, 30, tzinfo=UTC)

    assert written("x | day", ENGLISH, x=late) == "Thursday, 5 March"
    assert written("x | day", INDONESIAN, x=late) == "Jumat, 6 Maret"
    assert written("x | time", INDONESIAN, x=late) == "01.30"


def test_money_has_the_decimals_of_its_currency() -> None:
    assert written("x | money", INDONESIAN, x=Money(150_000, "IDR")) == "Rp\xa0150.000"
    assert written("x | money", ENGLISH, x=Money(1_234_567, "KWD")) == "KWD\xa01,234.567"


def test_a_value_without_a_filter_is_spoken_too() -> None:
    assert written("x", x=Money(1990, "EUR")) == "€19.90"
    assert written("x", x=date(2026, 3, 5)) == "5 March 2026"
    assert written("x", x=datetime(2026, 3, 5, 15, 30, tzinfo=UTC)) == "5 March 2026, 16:30"
    assert written("x", INDONESIAN, x=Duration(Decimal(2), "day")) == "2 hari"
    assert written("x", x=Duration(Decimal(3), "business day")) == "3 business days"
    assert written("x", x=1200) == "1200"
    assert written("x", INDONESIAN, x=4.5) == "4,5"


@pytest.mark.parametrize("value", [True, [1], {"a": 1}])
def test_what_has_no_words_is_refused(value: Any) -> None:
    with pytest.raises(RenderingFailed, match="cannot be written as it is"):
        written("x", x=value)


@pytest.mark.parametrize("expression", ["x | day", "x | money", "x | time"])
def test_a_filter_refuses_what_it_was_not_made_for(expression: str) -> None:
    with pytest.raises(RenderingFailed, match="not text"):
        written(expression, x="2026-03-05")


@pytest.mark.parametrize(
    ("locale", "items", "expected"),
    [
        ("en", [{"title": "Tea"}], "Tea"),
        ("en", [{"title": "Tea"}, {"title": "Cup"}], "Tea and Cup"),
        ("id", [{"title": "Teh"}, {"title": "Gula"}], "Teh dan Gula"),
        ("en", [], "your order"),
        ("id", [], "pesanan Anda"),
        ("en", [{"sku": "1"}], "your order"),
        ("sw", [], "your order"),
    ],
)
def test_titles_are_joined_as_the_language_does(locale: str, items: list[Any], expected: str) -> None:
    assert written("order.items | titles", Reader(locale, "UTC"), order={"items": items}) == expected
    assert written("order.items | titles", Reader("en", "UTC"), order={}) == "your order"


def test_a_reader_gets_their_own_language_or_the_shop_s_whole() -> None:
    sources = {"en/x.md": "---\nsms: '{{ d | day }}'\n---\n", "id/x.md": "---\nsms: 'Tiba {{ d | day }}'\n---\n"}
    templates = Templates(sources, "en")

    def told(locale: str) -> str:
        return templates.render("x", "sms", Reader(locale, "UTC"), {"d": date(2026, 3, 5)}).text

    assert told("id") == told("id-ID") == told("ID") == "Tiba Kamis, 5 Maret"
    assert told("fr") == told("") == told("no such language") == "Thursday, 5 March"
    assert told("en-US") == "Thursday, March 5"


def test_a_part_missing_in_a_language_is_taken_from_the_default() -> None:
    sources = {"en/x.md": "---\nsms: 'Hi'\npush: 'Ho'\n---\n", "id/x.md": "---\nsms: 'Hai'\n---\n"}
    templates = Templates(sources, "en")

    assert templates.render("x", "sms", INDONESIAN, {}).text == "Hai"
    assert templates.render("x", "push", INDONESIAN, {}).text == "Ho"
    with pytest.raises(RenderingFailed, match="no part for email"):
        templates.render("x", "email", INDONESIAN, {})


def test_marketing_ends_with_the_footer_and_nothing_else_does() -> None:
    sources = {"en/sale.md": "---\nsubject: Sale\n---\nCome.", "en/footer.md": "[Unsubscribe]({{ links.unsubscribe }})"}
    templates = Templates(sources, "en")
    marketing = templates.render("sale", "email", ENGLISH, VALUES, marketing=True)
    other = templates.render("sale", "email", ENGLISH, VALUES)

    assert marketing.text == "Come.\n\nUnsubscribe (https://purna.example/u/1)\n"
    assert '<a href="https://purna.example/u/1">Unsubscribe</a>' in (marketing.html or "")
    assert other.text == "Come.\n"
    assert templates.offers_unsubscribe
    assert templates.names == {"sale"}


def test_the_layout_frames_every_mail_and_escapes_what_it_is_told() -> None:
    layout = (
        "<title>{{ subject }}</title><main>{{ content }}</main>{% if marketing %}{{ links.unsubscribe }}{% endif %}"
    )
    templates = Templates(
        {"en/x.md": "---\nsubject: '{{ name }}'\n---\nHi **{{ name }}**", "layout.html": layout}, "en"
    )

    mail = templates.render("x", "email", ENGLISH, {"name": "<i>", "links": {"unsubscribe": "u&v"}}, marketing=True)
    assert mail.html == "<title>&lt;i&gt;</title><main><p>Hi <strong>&lt;i&gt;</strong></p>\n</main>u&amp;v"
    assert templates.offers_unsubscribe


def test_without_footer_and_layout_marketing_ends_with_a_plain_way_out() -> None:
    templates = Templates({"pt/x.md": SHIPPED}, "pt")
    assert templates.offers_unsubscribe
    assert templates.names == {"x"}


def test_a_layout_of_ones_own_without_footer_offers_nobody_to_unsubscribe() -> None:
    assert not Templates({"en/x.md": SHIPPED, "layout.html": "{{ content }}"}, "en").offers_unsubscribe


def test_a_message_that_would_be_cut_by_mail_programs_fails() -> None:
    with pytest.raises(RenderingFailed, match="more than 90000 bytes"):
        a_mail("{{ x }}", x="é" * (MAX_BYTES // 2 + 1))


def test_a_loop_that_writes_too_much_is_stopped() -> None:
    with pytest.raises(RenderingFailed, match="more than"):
        a_mail("{% for i in many %}{{ text }}{% endfor %}", many=[0] * 10_000_000, text="x" * 1000)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{{ 'a' * 10 }}", "* is not allowed"),
        ("{{ 10 ** 10 }}", "** is not allowed"),
        ("{{ '%99999999d' % 1 }}", "% is not allowed"),
        ("{% for i in range(9) %}{% endfor %}", "calling something, such as range() is not allowed"),
        ("{{ customer.first_name.upper() }}", "calling something"),
        ("{% set a = 1 %}", "set is not allowed"),
        ("{% include 'x' %}", "include is not allowed"),
        ("{% import 'x' as y %}", "import is not allowed"),
        ("{% macro m() %}{% endmacro %}", "macro is not allowed"),
        ("{{ a[1:2] }}", "slice is not allowed"),
        ("{{ a ~ b }}", "concat is not allowed"),
        ("{{ a | upper }}", "there is no filter 'upper': date, day, money, or, time, titles"),
        ("{{ a is divisibleby 3 }}", "`is divisibleby` is not known"),
        ("{{ a.__class__ }}", "names do not begin with an underscore"),
        ("{{ _words }}", "names do not begin with an underscore"),
        ("{% for a in b %}{% for c in d %}{% endfor %}{% endfor %}", "a loop inside a loop"),
        ("{% for a in b recursive %}{% endfor %}", "a loop inside a loop"),
        ("{{ a", "unexpected end of template"),
        ("{% if a %}", "Unexpected end of template"),
    ],
)
def test_what_could_make_a_bomb_or_reach_python_is_refused_with_its_line(body: str, message: str) -> None:
    text = complaint(f"Hello\n\n{body}")

    assert text.startswith("templates/en/x.md:")
    assert message in text
    if "end of template" not in message:
        assert text.startswith("templates/en/x.md:6:")


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("subject: Hi\nsubjct: Ho", "3: 'subjct' is no key of a template: subject, sms, push, whatsapp"),
        ("subject: Hi\nsms: 3", "3: 'sms' is a text"),
        ("subject: Hi\nsms: [a]", "3: 'sms' is a text"),
        ("subject: Hi\nsms:", "3: 'sms' is a text"),
        ("subject: Hi\nsms: {{ a }}", "3: 'sms' is a text"),
        ("subject: Hi\nsubject: Ho", "3: 'subject' is there twice"),
        ("subject: 'Hi", "front matter that cannot be read"),
        ("subject: Hi\nsms: '{{ a * 2 }}'", "3: * is not allowed"),
        ("just text", "2: front matter is a list"),
        ("sms: Hi", "1: a mail needs a subject"),
        ("a: !!python/object:os.system {}", "'a' is no key"),
    ],
)
def test_front_matter_is_texts_by_known_keys(front: str, message: str) -> None:
    assert message in complaint("Body", front)


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("en/x.txt", "", "a template lies at <locale>/<name>.md"),
        ("x.md", "", "a template lies at <locale>/<name>.md"),
        ("english/x.md", SHIPPED, "'english' is no language"),
        ("en/x.md", "", "an empty template"),
        ("en/x.md", "---\nsubject: Hi\n---\n", "2: a mail needs a text"),
        ("en/footer.md", "Bye", "the footer of marketing shows {{ links.unsubscribe }}"),
        ("layout.html", "<a>\n{{ 'a' * 3 }}", "layout.html:2: * is not allowed"),
    ],
)
def test_a_file_in_the_wrong_place_or_form_is_a_problem(path: str, text: str, message: str) -> None:
    (problem,) = problems({path: text})

    assert message in str(problem)


def test_all_problems_of_all_files_come_at_once_and_in_order() -> None:
    sources = {"id/b.md": "---\nsms: '{{ a * 2 }}'\n---\n", "en/a.md": "{{ a ** 2 }}\n\n{{ a | big }}"}

    with pytest.raises(InvalidTemplates) as invalid:
        Templates(sources, "en")
    assert [(problem.path, problem.line) for problem in invalid.value.problems] == [
        ("en/a.md", 1),
        ("en/a.md", 1),
        ("en/a.md", 3),
        ("id/b.md", 2),
    ]


def test_good_templates_have_no_problems() -> None:
    assert problems({"en/shipped.md": SHIPPED, "en/footer.md": "{{ links.unsubscribe }}"}) == []
    assert problems({"en/shipped.md": SHIPPED.replace("\n", "\r\n")}) == []
