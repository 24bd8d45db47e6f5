"""What waits for its thing, in a terminal."""

import pytest

from cli.text.quarantine import nothing_unplaced


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "nothing"),
        (1, "nothing has waited for a day; --days 0 lists all that waits"),
        (0.5, "nothing has waited for 0.5 days; --days 0 lists all that waits"),
    ],
)
def test_that_none_has_waited_for_so_long_hides_no_younger_one(days: float, text: str) -> None:
    assert nothing_unplaced(days) == text
