"""Templates that come out otherwise than they are written, and languages translated by half."""

import pytest

from tests.engine.checks.folders import a_folder, a_rule, found
from tests.engine.language.folders import EVERY_PART

HEAD = "---\nsubject: Hello\n---\n"
MAIL = "[{send: hello, by: email, category: delivery}]"


def says(text: str, **templates: str) -> list[str]:
    files = {"en/hello.md": f"{HEAD}{text}\n", **templates}
    return found(a_folder(a_rule("order.placed", MAIL), templates=files), "J47", "J48")


@pytest.mark.parametrize(
    "text",
    [
        "<b>Hello</b>",
        "Hello<br>you",
        "<!-- a note -->",
        "![Lamp](/lamp.png)",
        "![Lamp](images/lamp.png)",
        "[Help](/help)",
    ],
)
def test_html_and_addresses_from_nowhere_are_told(text: str) -> None:
    assert set(says(text)) == {"J47 4"}


@pytest.mark.parametrize(
    "text",
    [
        "**Hello** 3 < 4 and 5 > 2",
        "![Lamp](https://shop.example/lamp.png) [Help](mailto:help@shop.example)",
        "[Stop]({{ links.unsubscribe }})",
        "{% if order.parcels < 2 and order.parcels > 0 %}x{% endif %}",
    ],
)
def test_markdown_and_whole_addresses_are_silent(text: str) -> None:
    assert says(text) == []


def test_a_picture_of_the_layout_has_a_whole_address_too() -> None:
    frame = '<html><body>\n<img src="{}">{{{{ content }}}}</body></html>\n'

    assert says("Hello", **{"layout.html": frame.format("/logo.png")}) == ["J47 2"]
    assert says("Hello", **{"layout.html": frame.format("https://shop.example/logo.png")}) == []


LIST = "{% for item in order.items %}\n- {{ item.id }}\n{% endfor %}\n"


def test_a_line_right_below_a_list_joins_it() -> None:
    assert says(f"{LIST}Thank you.") == ["J47 7"]
    assert says(f"{LIST}\nThank you.") == []
    assert says(f"{LIST}- and a card") == []
    assert says("{% if order.express %}\nQuick.\n{% endif %}\nThank you.") == []
    assert says("{% if order.express %}\n> Quick.\n{% endif %}\nThank you.") == ["J47 7"]


def test_a_language_without_one_of_the_templates_is_told() -> None:
    two = (
        a_rule("order.placed"),
        a_rule("order.cancelled", MAIL.replace("hello", "gone"), "", "b"),
    )
    english = {"en/gone.md": f"{HEAD}Gone.\n"}
    footer = {"id/footer.md": "[Berhenti]({{ links.unsubscribe }})\n"}
    half = {**english, **footer, "id/hello.md": EVERY_PART}
    whole = {**half, "id/gone.md": f"{HEAD}Batal.\n"}

    assert found(a_folder(*two, templates=english), "J48") == []
    assert found(a_folder(*two, templates=half), "J48") == ["J48 1"]
    assert found(a_folder(*two, templates=whole), "J48") == []


def test_a_part_that_is_missing_in_a_language_is_told() -> None:
    parts = {
        "id/hello.md": f"{HEAD}Halo\n",
        "id/footer.md": "[Berhenti]({{ links.unsubscribe }})\n",
    }

    assert found(a_folder(a_rule("order.placed"), templates=parts), "J48") == ["J48 1"]
