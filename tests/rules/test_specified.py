"""Rules and scenarios written from the specification alone, key by key, and played."""

from datetime import date
from pathlib import Path

from operations.rules.play_tests import play_tests

FOLDER = Path(__file__).parent / "specified"
TODAY = date(2026, 3, 2)


def test_what_the_specification_says_is_what_happens() -> None:
    tested = play_tests(FOLDER, TODAY)

    assert [
        f"{one.scenario.position.file}: {one.scenario.name}"
        for one in tested.verdicts
        if not one.is_good
    ] == []
    assert tested.count("todo") == 1


def test_they_touch_every_rule() -> None:
    hits = play_tests(FOLDER, TODAY).coverage.hits

    assert [str(point) for point, count in hits.items() if point.kind == "rule" and not count] == []
