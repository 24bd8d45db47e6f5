import pytest

from tests.engine.checks.folders import a_folder, a_rule, found

SALE = "[{send: hello, category: sales}]"
QUIET = "[{suppress: [sales], at_most: 30 days}]"


def lost(when: str, more: str = "", quiet: str = "", do: str = SALE) -> list[str]:
    silence = a_rule("review.received", QUIET, f"once_per: event\n{quiet}", name="quiet")
    sale = a_rule(when, do, f"once_per: event\n{more}", name="sale")
    return found(a_folder(silence, sale), "J52")


def test_marketing_on_the_very_event_that_silences_it_is_never_sent() -> None:
    assert lost("review.received") == ["J52 9"]
    assert lost("3 days after review.received") == ["J52 9"]


def test_a_message_whose_condition_implies_that_of_the_silence_is_never_sent() -> None:
    silent = "if: review.stars <= 3"
    assert lost("review.received", "if: review.stars = 1", silent) == ["J52 10"]


@pytest.mark.parametrize(
    ("when", "more", "quiet"),
    [
        ("40 days after review.received", "", ""),
        ("order.delivered", "", ""),
        ("review.received", "if: review.stars = 5", "if: review.stars <= 3"),
        ("review.received", "", "if: review.stars <= 3"),
        ("[review.received, review.changed]", "", ""),
    ],
)
def test_a_message_that_leaves_for_some_is_no_finding(when: str, more: str, quiet: str) -> None:
    assert lost(when, more, quiet) == []


def test_what_ignores_silences_leaves() -> None:
    assert lost("review.received", do="[{send: hello, category: service}]") == []
