"""Under which names nobody changes anything."""

from datetime import UTC, datetime

import pytest

from operations.cannot_run import CannotRun
from operations.revisions.authorship import Authorship

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["purna run", "purna resume", " Purna  Run "])
def test_a_person_by_the_name_of_a_start_is_refused_since_the_next_start_would_undo_it(
    name: str,
) -> None:
    with pytest.raises(CannotRun, match="say --by with another name"):
        Authorship(name, "", NOON)


@pytest.mark.parametrize("name", ["purna", "purna runner", "rollback", "start", "ana"])
def test_any_other_name_is_a_persons(name: str) -> None:
    assert Authorship(name, "", NOON).author == name
