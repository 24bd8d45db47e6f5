"""Which rules a revision renames, also on the way back to an older one."""

from engine.decisions.reach import renames, renames_along
from engine.rules.ruleset import Ruleset
from tests.engine.builders import a_rule, a_ruleset


def named(name: str, former: str | None = None) -> Ruleset:
    return a_ruleset(a_rule(name, renamed_from=former), revision=name)


FIRST, SECOND, THIRD = named("ask"), named("ask-once", "ask"), named("question", "ask-once")


def test_a_rule_takes_its_new_name() -> None:
    assert renames(FIRST, SECOND) == {"ask": "ask-once"}
    assert renames(FIRST, FIRST) == {}
    assert renames(None, FIRST) == {}


def test_a_revision_taken_up_again_takes_the_old_name_back() -> None:
    assert renames(SECOND, FIRST) == {"ask-once": "ask"}


def test_what_was_named_anew_twice_has_the_last_name() -> None:
    assert renames_along([FIRST, SECOND, THIRD]) == {"ask": "question", "ask-once": "question"}


def test_what_was_written_under_a_former_name_meanwhile_is_named_too() -> None:
    assert renames_along([SECOND, THIRD]) == {"ask": "question", "ask-once": "question"}


def test_the_way_back_goes_over_every_name() -> None:
    assert renames_along([THIRD, SECOND, FIRST]) == {"ask-once": "ask", "question": "ask"}


def test_a_new_rule_of_an_old_name_has_nothing_to_take_over() -> None:
    both = a_ruleset(a_rule("ask"), a_rule("ask-once"), revision="both")

    assert renames(SECOND, both) == {}
