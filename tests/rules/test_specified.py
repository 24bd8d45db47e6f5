"""Rules and scenarios written from the specification alone, key by key, and played."""

from pathlib import Path

from cli.scenarios import run_tests

FOLDER = Path(__file__).parent / "specified"


def test_what_the_specification_says_is_what_happens() -> None:
    tested = run_tests(FOLDER)

    assert [
        f"{one.scenario.position.file}: {one.scenario.name}"
        for one in tested.verdicts
        if not one.is_good
    ] == []
    assert tested.count("todo") == 1


def test_they_touch_every_rule() -> None:
    hits = run_tests(FOLDER).coverage.hits

    assert [str(point) for point, count in hits.items() if point.kind == "rule" and not count] == []
