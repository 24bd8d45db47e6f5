from engine.sending.ledger import LAW, SENT, Transition
from tests.house.ledger_page import PAGE, state_diagram, transition_table, with_the_law


def test_the_page_shows_the_law_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_the_law(page), "run: make docs"


def test_every_transition_is_in_the_table() -> None:
    table = transition_table(LAW)

    assert all(f"| {one.name} | " in table for one in LAW)


def test_two_transitions_between_the_same_states_share_an_arrow() -> None:
    bounced = Transition("bounced", ("leaving",), ("sent",), lambda effect, _: effect)

    assert "    leaving --> sent: sent, bounced" in state_diagram([SENT, bounced]).splitlines()
