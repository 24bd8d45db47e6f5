from engine.sending.law_diagram import state_diagram, transition_table
from engine.sending.ledger import LAW, SENT, Transition
from tests.engine.sending.draw_law import PAGE, drawn


def test_the_page_shows_the_law_as_it_is() -> None:
    page = PAGE.read_text()

    assert page == drawn(page), "run `python -m tests.engine.sending.draw_law`"


def test_every_transition_is_in_the_table() -> None:
    table = transition_table(LAW)

    assert all(f"| {one.name} | " in table for one in LAW)


def test_two_transitions_between_the_same_states_share_an_arrow() -> None:
    bounced = Transition("bounced", ("leaving",), ("sent",), lambda effect, _: effect)

    assert "    leaving --> sent: sent, bounced" in state_diagram([SENT, bounced]).splitlines()
