import pytest

from activities.channels.rendering.problem import InvalidTemplates, RenderingFailed
from activities.channels.rendering.templates import CompiledTemplates, Rendered, problems
from tests.activities.channels.rendering.rendering_cases import ENGLISH, INDONESIAN, SHIPPED, VALUES


def complaint(body: str, front: str = "subject: Hi") -> str:
    (problem,) = problems({"en/x.md": f"---\n{front}\n---\n{body}\n"})
    return str(problem)


def test_another_channel_gets_its_own_short_text_and_nothing_else() -> None:
    message = CompiledTemplates({"en/shipped.md": SHIPPED}, "en").render(
        "shipped", "sms", ENGLISH, VALUES
    )

    text = "Order A1 arrives Thursday, 5 March: https://purna.example/t/a_b?x=1&y=2"
    assert message == Rendered("", text, None)


def test_the_parts_say_on_which_channels_a_template_can_speak() -> None:
    templates = CompiledTemplates(
        {"en/a.md": SHIPPED, "en/b.md": "---\npush: Hi\nwhatsapp: Hi\n---\n", "id/c.md": SHIPPED},
        "en",
    )

    assert templates.parts("a") == {"email", "sms"}
    assert templates.parts("b") == {"push", "whatsapp"}
    assert templates.parts("c") == frozenset()
    assert templates.parts("unheard-of") == frozenset()
    assert templates.names == {"a", "b", "c"}


def test_a_template_says_which_facts_it_reads() -> None:
    looping = (
        "---\nsms: '{% for item in order.items %}{{ item.title }}{{ loop.index }}{% endfor "
        "%}'\n---\n"
    )
    templates = CompiledTemplates(
        {"en/a.md": SHIPPED, "id/a.md": looping, "en/b.md": "---\nsms: '{{ stars }}'\n---\n"}, "en"
    )

    assert templates.reads("a") == {
        "shipment.eta",
        "order.id",
        "order.items",
        "links.tracking",
        "customer.first_name",
    }
    assert templates.reads("b") == {"stars"}


def test_a_part_missing_in_a_language_is_taken_from_the_default() -> None:
    sources = {"en/x.md": "---\nsms: 'Hi'\npush: 'Ho'\n---\n", "id/x.md": "---\nsms: 'Hai'\n---\n"}
    templates = CompiledTemplates(sources, "en")

    assert templates.render("x", "sms", INDONESIAN, {}).text == "Hai"
    assert templates.render("x", "push", INDONESIAN, {}).text == "Ho"
    with pytest.raises(RenderingFailed, match="no part for email"):
        templates.render("x", "email", INDONESIAN, {})


def test_marketing_ends_with_the_footer_and_nothing_else_does() -> None:
    sources = {
        "en/sale.md": "---\nsubject: Sale\n---\nCome.",
        "en/footer.md": "[Unsubscribe]({{ links.unsubscribe }})",
    }
    templates = CompiledTemplates(sources, "en")
    marketing = templates.render("sale", "email", ENGLISH, VALUES, marketing=True)
    other = templates.render("sale", "email", ENGLISH, VALUES)

    assert marketing.text == "Come.\n\nUnsubscribe (https://purna.example/u/1)\n"
    assert '<a href="https://purna.example/u/1">Unsubscribe</a>' in (marketing.html or "")
    assert other.text == "Come.\n"
    assert templates.names == {"sale"}


def test_the_layout_frames_every_mail_and_escapes_what_it_is_told() -> None:
    layout = (
        "<title>{{ subject }}</title><main>{{ content }}</main>{% if marketing %}{{ "
        "links.unsubscribe }}{% endif %}"
    )
    templates = CompiledTemplates(
        {"en/x.md": "---\nsubject: '{{ name }}'\n---\nHi **{{ name }}**", "layout.html": layout},
        "en",
    )

    mail = templates.render(
        "x", "email", ENGLISH, {"name": "<i>", "links": {"unsubscribe": "u&v"}}, marketing=True
    )
    assert (
        mail.html
        == "<title>&lt;i&gt;</title><main><p>Hi <strong>&lt;i&gt;</strong></p>\n</main>u&amp;v"
    )


def test_without_footer_and_layout_marketing_ends_with_a_plain_way_out() -> None:
    templates = CompiledTemplates({"pt/x.md": SHIPPED}, "pt")
    mail = templates.render("x", "email", ENGLISH, VALUES, marketing=True)
    assert "https://purna.example/u/1" in (mail.html or "")
    assert templates.names == {"x"}


def test_a_layout_of_ones_own_without_footer_offers_nobody_to_unsubscribe() -> None:
    templates = CompiledTemplates({"en/x.md": SHIPPED, "layout.html": "{{ content }}"}, "en")
    mail = templates.render("x", "email", ENGLISH, VALUES, marketing=True)
    assert "https://purna.example/u/1" not in (mail.html or "")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{{ 'a' * 10 }}", "* is not allowed"),
        ("{{ 10 ** 10 }}", "** is not allowed"),
        ("{{ '%99999999d' % 1 }}", "% is not allowed"),
        (
            "{% for i in range(9) %}{% endfor %}",
            "calling something, such as range() is not allowed",
        ),
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
def test_what_could_make_a_bomb_or_reach_python_is_refused_with_its_line(
    body: str, message: str
) -> None:
    text = complaint(f"Hello\n\n{body}")

    assert text.startswith("templates/en/x.md:")
    assert message in text
    if "end of template" not in message:
        assert text.startswith("templates/en/x.md:6:")


@pytest.mark.parametrize(
    ("front", "message"),
    [
        (
            "subject: Hi\nsubjct: Ho",
            "3: 'subjct' is no key of a template: subject, sms, push, whatsapp",
        ),
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
    sources = {
        "id/b.md": "---\nsms: '{{ a * 2 }}'\n---\n",
        "en/a.md": "{{ a ** 2 }}\n\n{{ a | big }}",
    }

    with pytest.raises(InvalidTemplates) as invalid:
        CompiledTemplates(sources, "en")
    assert [(problem.path, problem.line) for problem in invalid.value.problems] == [
        ("en/a.md", 1),
        ("en/a.md", 3),
        ("id/b.md", 2),
    ]


def test_good_templates_have_no_problems() -> None:
    assert problems({"en/shipped.md": SHIPPED, "en/footer.md": "{{ links.unsubscribe }}"}) == []
    assert problems({"en/shipped.md": SHIPPED.replace("\n", "\r\n")}) == []


@pytest.mark.parametrize(
    "body",
    [
        *("{% if order.express %}" * n + "x" + "{% endif %}" * n for n in (60, 3000)),
        *("{{ " + "not " * n + "order.express }}" for n in (60, 3000)),
        *("{{ 1" + " + 1" * n + " }}" for n in (60, 3000)),
        "{{ " + "(" * 3000 + "order.id" + ")" * 3000 + " }}",
    ],
)
def test_a_template_nested_beyond_reason_is_a_problem(body: str) -> None:
    assert "nested deeper than 50 levels" in complaint(body)


def test_a_template_nested_as_people_write_has_no_problem() -> None:
    body = "{% if order.express %}" * 12 + "x" + "{% endif %}" * 12

    assert problems({"en/x.md": f"---\nsubject: Hi\n---\n{body}\n"}) == []


def test_front_matter_nested_beyond_reason_is_a_problem() -> None:
    (problem, *_) = problems({"en/x.md": f"---\nsms: {'[' * 3000}{']' * 3000}\n---\n"})

    assert "front matter" in str(problem)
