import pytest

from engine.language.reader import read_ruleset
from tests.engine.language.folders import EVERY_PART, a_folder, problems_of


@pytest.mark.parametrize(
    ("content", "channels"),
    [
        (EVERY_PART, {"email", "sms", "push", "whatsapp"}),
        ("---\nsubject: Hi\n---\nHello\n", {"email"}),
        ('---\nsms: "{{ order.id }}: on its way"\n---\n', {"sms"}),
        ("---\r\npush: Hi\r\n---\r\n", {"push"}),
        ("---\npush: Hi\n---", {"push"}),
        ("---\npush: Hi\nsubject: A\n---\nBody\n---\nwith a line\n", {"push", "email"}),
        ("---\n---\n", set()),
    ],
)
def test_a_template_serves_the_channels_it_has_a_part_for(content: str, channels: set[str]) -> None:
    folder = a_folder() | {"templates/en/other.md": content}
    assert read_ruleset(folder).templates["other"] == {"en": channels}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Hello\n", "1:1: a template begins with --- and the keys of its channels, then --- [J03]"),
        ("---\nsubject: Hi\nHello\n", "1:1: a template begins with ---"),
        (
            "---\nsubject: Hi\n---\n",
            "2:1: an email needs a subject and a body; the body is missing [J03]",
        ),
        (
            "---\npush: Hi\n---\nHello\n",
            "2:1: an email needs a subject and a body; the subject is missing [J03]",
        ),
        ("---\npush: Hi\nsmss: Hi\n---\n", "3:1: unknown key smss, did you mean sms?"),
        (
            "---\npush: {{ order.id }}\n---\n",
            '2:7: a text that begins with {{: put it in quotes: `push: "{{ … }}"` [J01]',
        ),
        (b"---\npush: \xff\n---\n", "2:1: the file is not UTF-8 text [J01]"),
    ],
)
def test_a_template_with_a_mistake(content: str | bytes, problem: str) -> None:
    problems = problems_of(a_folder() | {"templates/en/other.md": content})
    assert problems[0].startswith(f"templates/en/other.md:{problem}")


def test_locales_are_kept_apart_and_other_files_left_alone() -> None:
    folder = a_folder() | {
        "templates/fr-CA/hello.md": "---\npush: Allô\n---\n",
        "templates/layout.html": "<p>",
    }
    assert read_ruleset(folder).templates["hello"]["fr-CA"] == {"push"}
    assert list(read_ruleset(folder).templates) == ["hello"]
