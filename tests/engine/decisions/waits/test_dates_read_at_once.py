"""`stop_if` near a date looks from the event that set the date, whatever came with it."""

from tests.engine.decisions.timelines import Timeline, happens

EXPIRY = """
  - {id: a, when: 2 days after loyalty.points_expire_at, stop_if: lot.spent,
     once_per: [customer, loyalty.points_expire_at], do: [{send: hello, category: billing}]}
"""
DATE = {"points_expire_at": "2026-03-10"}


def expires(hours: float, **more: object) -> dict[str, object]:
    return happens(hours, "loyalty.balance_changed", order=None, loyalty={**DATE, **more})


def spends(hours: float) -> dict[str, object]:
    return happens(hours, "lot.spent", order=None, lot={"id": "L1"})


def test_a_stop_behind_the_event_that_set_the_date_counts_when_all_is_read_at_once() -> None:
    story = Timeline(EXPIRY)
    story.learns(9, expires(0), spends(1), happens(8, "site.viewed", order=None))
    assert (story.sent(), story.reasons()) == ([], ["stopped_by"])


def test_a_stop_before_the_event_that_set_the_date_does_not_count() -> None:
    story = Timeline(EXPIRY)
    story.learns(9, spends(1), expires(4), happens(8, "site.viewed", order=None))
    assert story.sent() == [8 * 24 - 12 + 48]


def test_the_same_date_stated_again_does_not_forget_the_stop() -> None:
    story = Timeline(EXPIRY)
    story.learns(9, expires(0), spends(1), expires(8, points_expiring=5))
    assert (story.sent(), story.reasons()) == ([], ["stopped_by"])


def test_a_date_that_went_and_came_back_is_set_by_the_last_event_that_moved_it() -> None:
    story = Timeline(EXPIRY)
    story.learns(
        9,
        expires(0),
        spends(1),
        expires(2, points_expire_at="2026-04-10"),
        expires(3),
    )
    assert story.sent() == [8 * 24 - 12 + 48]
