"""Token buckets, on a clock of the test."""

from tests.hand_clock import HandClock
from web.http.rate_limit import MOST_KNOWN, RateLimit


def test_a_burst_is_let_through_and_no_more() -> None:
    limit = RateLimit(burst=3, per_minute=60, clock=HandClock())
    assert [limit.wait("a") for _ in range(4)] == [0, 0, 0, 1]


def test_one_may_ask_again_after_the_wait_that_was_told() -> None:
    clock = HandClock()
    limit = RateLimit(burst=1, per_minute=6, clock=clock)
    limit.wait("a")
    clock.now += limit.wait("a") - 0.01
    assert limit.wait("a") > 0
    clock.now += 0.02
    assert limit.wait("a") == 0


def test_a_refused_question_costs_nothing() -> None:
    clock = HandClock()
    limit = RateLimit(burst=1, per_minute=60, clock=clock)
    assert [limit.wait("a") for _ in range(5)] == [0, 1, 1, 1, 1]
    clock.now += 1
    assert limit.wait("a") == 0


def test_a_long_rest_fills_the_bucket_once() -> None:
    clock = HandClock()
    limit = RateLimit(burst=2, per_minute=60, clock=clock)
    limit.wait("a")
    clock.now += 10_000
    assert [limit.wait("a") for _ in range(3)] == [0, 0, 1]


def test_nobody_pays_for_another() -> None:
    limit = RateLimit(burst=1, per_minute=1, clock=HandClock())
    assert [limit.wait(name) for name in "abcd"] == [0, 0, 0, 0]


def test_the_oldest_are_forgotten_so_memory_stays_flat() -> None:
    limit = RateLimit(burst=1, per_minute=1, clock=HandClock())
    for number in range(MOST_KNOWN + 500):
        limit.wait(str(number))
    assert limit.known == MOST_KNOWN
    assert limit.wait("0") == 0
    assert limit.wait(str(MOST_KNOWN + 499)) > 0
