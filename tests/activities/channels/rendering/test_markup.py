from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.channels.rendering.markdown import escape, parse, to_html, to_text
from activities.channels.rendering.problem import RenderingFailed
from activities.channels.rendering.templates import MAX_BYTES
from engine.catalog.values import Money
from tests.activities.channels.rendering.rendering_cases import a_mail, shipped


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
    "name",
    ["# Ana", "- Ana", "1. Ana", "> Ana", "    Ana", "---", "[a]: http://evil.example", "==="],
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
    assert (
        a_mail("Hi", subject="Hi {{ name }}", name="Ana\r\nBcc: b@x.example").subject
        == "Hi Ana Bcc: b@x.example"
    )


def test_html_in_a_template_is_text() -> None:
    mail = a_mail("<script>alert(1)</script>\n\na <b>b</b>")

    assert mail.html is not None
    assert "<script" not in mail.html
    assert "<b>" not in mail.html


def test_the_text_part_keeps_lists_quotes_and_numbers() -> None:
    body = (
        "# News\n\n- one\n- **two**\n  more\n\n3. three\n4. four\n\n> said\n\n---\n\nline\\\n"
        "next *x*"
    )

    assert a_mail(body).text == (
        "News\n\n- one\n- two\n  more\n\n3. three\n4. four\n\n> said\n\n---\n\nline\nnext x\n"
    )


def test_a_link_that_shows_its_own_address_is_written_once() -> None:
    assert a_mail("[{{ u }}]({{ u }})", u="https://x.example/a").text == "https://x.example/a\n"


def test_paragraphs_of_a_branch_leave_no_trace_when_it_is_not_taken() -> None:
    body = "One\n\n{% if gift is known %}\nA gift: {{ gift }}\n\n{% endif %}\nTwo"

    assert a_mail(body).text == "One\n\nTwo\n"
    assert a_mail(body, gift="tea").text == "One\n\nA gift: tea\n\nTwo\n"


def test_a_loop_writes_a_list() -> None:
    items = [
        {"title": "Tea", "price": Money(450, "EUR")},
        {"title": "Cup*", "price": Money(900, "EUR")},
    ]

    body = (
        "{% for item in order.items %}\n{{ loop.index }}. {{ item.title }}: {{ item.price }}\n"
        "{% endfor %}"
    )
    assert a_mail(body, order={"items": items}).text == "1. Tea: €4.50\n2. Cup*: €9.00\n"


def test_a_template_that_mail_programs_would_cut_fails() -> None:
    with pytest.raises(RenderingFailed, match="more than 90000 bytes"):
        a_mail("é" * (MAX_BYTES // 2 + 1))


def test_a_value_that_mail_programs_would_cut_is_cut_by_us() -> None:
    assert "…" in a_mail("{{ x }}", x="é" * (MAX_BYTES // 2 + 1)).text


def test_a_loop_that_would_write_too_much_is_cut() -> None:
    written = a_mail(
        "{% for i in many %}{{ text }}{% endfor %}", many=[0] * 10_000_000, text="x" * 1000
    )
    assert "more" in written.text
