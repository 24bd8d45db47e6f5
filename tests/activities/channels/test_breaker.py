from activities.channels.breaker import ConnectionBreaker
from tests.hand_clock import HandClock


def a_breaker(clock: HandClock, failures: int) -> ConnectionBreaker:
    breaker = ConnectionBreaker(clock)
    for _ in range(failures):
        breaker.failed()
    return breaker


def test_four_failures_in_a_row_are_no_reason_to_wait() -> None:
    assert a_breaker(HandClock(), failures=4).admits()


def test_the_fifth_failure_opens_it() -> None:
    assert not a_breaker(HandClock(), failures=5).admits()


def test_a_connection_in_between_starts_the_count_anew() -> None:
    breaker = a_breaker(HandClock(), failures=4)
    breaker.connected()
    breaker.failed()

    assert breaker.admits()


def test_one_probe_passes_every_five_seconds() -> None:
    clock = HandClock()
    breaker = a_breaker(clock, failures=5)

    passed = []
    for _ in range(22):  # half a second each
        clock.now += 0.5
        passed.append(breaker.admits())

    assert [index for index, passes in enumerate(passed) if passes] == [9, 19]


def test_a_failed_probe_keeps_it_open_and_a_good_one_closes_it() -> None:
    clock = HandClock()
    breaker = a_breaker(clock, failures=5)
    clock.now += 5

    assert breaker.admits()
    breaker.failed()
    assert not breaker.admits()
    breaker.connected()
    assert breaker.admits()
    assert breaker.admits()


def test_a_server_that_refuses_our_login_is_asked_every_fifteen_seconds_only() -> None:
    clock = HandClock()
    breaker = ConnectionBreaker(clock)
    for _ in range(5):
        breaker.failed(needs_a_person=True)
    clock.now += 14

    assert not breaker.admits()
    clock.now += 1
    assert breaker.admits()
    breaker.failed()  # it is away now, which is another matter
    assert not breaker.admits()
    clock.now += 15
    assert breaker.admits()
    clock.now += 5
    assert breaker.admits()
