"""When an attempt is, by the journey's clock: also where its worker's clock is set meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.attempts import AttemptClock
from tests.store.shop import NOON


def at_start(waited: timedelta, told: datetime | None = NOON) -> datetime:
    """By an attempt that has waited so long for its place, as its worker's clock says."""
    environment = ActivityEnvironment()
    scheduled = NOON + timedelta(hours=3)
    environment.info = replace(
        environment.info,
        is_local=told is not None,
        started_time=scheduled + waited,
        current_attempt_scheduled_time=scheduled,
    )
    clock: AttemptClock = environment.run(AttemptClock, told)
    return clock.at_start


def test_what_an_attempt_has_waited_for_its_place_is_added() -> None:
    assert at_start(timedelta(seconds=4)) == NOON + timedelta(seconds=4)


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_is_set_meanwhile_makes_no_message_a_day_older_or_younger(days: int) -> None:
    assert NOON <= at_start(timedelta(days=days)) <= NOON + timedelta(minutes=1)


def test_an_attempt_that_is_told_nothing_goes_by_the_clock_of_temporal() -> None:
    assert at_start(timedelta(days=1), None) == NOON + timedelta(days=1, hours=3)
