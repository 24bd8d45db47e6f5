import pytest

from engine.facts.views.inquiry import NEEDED, Inquiry, WrongInquiry, inquiry_of
from engine.language.folder.answer_keys import ABOUT
from tests.engine.builders import a_line, an_answer


@pytest.mark.parametrize(
    ("about", "named", "found_by"),
    [
        ("order", {"order": "A1"}, ("order", "A1")),
        ("item", {"order": "A1", "item": "SHOE"}, ("order", "A1")),
        ("return", {"return": "R1"}, ("return", "R1")),
        ("subscription", {"customer": "C1", "subscription": "S1"}, ("customer", "C1")),
        ("customer", {"customer": "C1"}, ("customer", "C1")),
    ],
)
def test_a_question_names_the_thing_and_what_it_is_found_by(
    about: str, named: dict[str, str], found_by: tuple[str, str]
) -> None:
    inquiry = inquiry_of(an_answer("fee", a_line(5), about=about), named | {"shop": "main"})

    assert (inquiry.about, inquiry.thing, inquiry.shop) == (about, named[about], "main")
    assert inquiry.found_by == found_by


def test_every_kind_of_answer_can_be_asked() -> None:
    assert NEEDED.keys() == ABOUT


@pytest.mark.parametrize(
    ("named", "field"),
    [
        ({}, "order"),
        ({"item": "SHOE"}, "order"),
        ({"order": "A1"}, "item"),
        ({"order": "A1", "item": "S", "return": "R1"}, "return"),
        ({"order": "A1", "item": ""}, "item"),
        ({"order": "A1", "item": "S", "shop": "a\nb"}, "shop"),
    ],
)
def test_a_question_that_names_too_little_or_too_much_says_which_name(
    named: dict[str, str], field: str
) -> None:
    with pytest.raises(WrongInquiry) as wrong:
        inquiry_of(an_answer("fee", a_line(5), about="item"), named)
    assert wrong.value.field == field


def test_a_thing_without_another_around_it_is_found_by_itself() -> None:
    assert Inquiry("return", "R1").found_by == ("return", "R1")
