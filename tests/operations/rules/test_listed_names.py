from pathlib import Path

import pytest

from engine.catalog.catalog import builtin
from operations.rules.listed_names import ListedEvent, ListedFact, list_events, list_facts
from tests.cli.telling import answer, said
from tests.engine.checks.pages import as_folder
from tests.paths import RULES

Captured = pytest.CaptureFixture[str]
CATALOG = """version: 1
events:
  care.begun: {about: customer}
facts:
  customer.mood: {type: text}
segments:
  happy: [customer.mood = happy]
"""
ANSWERS = """version: 1
answers:
  window: {type: days, starts: order.delivered_at, first: [{otherwise: 30 days}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return as_folder({"catalog.yaml": CATALOG, "answers.yaml": ANSWERS}, tmp_path / "rules")


def event(name: str, listed: list[ListedEvent]) -> ListedEvent:
    return next(one for one in listed if one.name == name)


def fact(name: str, listed: list[ListedFact]) -> ListedFact:
    return next(one for one in listed if one.name == name)


def test_the_built_in_events_are_listed_with_rank_and_meaning(folder: Path) -> None:
    found = event("order.delivered", list_events(folder))

    assert (found.about, found.follows, found.own) == ("order", "shipment.delivered", False)
    assert found.rank == builtin().events["order.delivered"].rank
    assert found.meaning


def test_an_event_of_the_folders_own_catalog_is_marked(folder: Path) -> None:
    assert event("care.begun", list_events(folder)).own


def test_a_fact_tells_its_type_and_default(folder: Path) -> None:
    found = fact("order.express", list_facts(folder))

    assert (str(found.type), found.default, found.about) == ("boolean", False, "order")


def test_facts_answers_and_segments_of_the_folder_are_marked_as_its_own(folder: Path) -> None:
    own = {one.name: str(one.type) for one in list_facts(folder) if one.own}

    assert own == {
        "care.begun_at": "datetime",
        "customer.mood": "text",
        "answer.window": "duration",
        "answer.window.ends_on": "date",
        "answer.window.open": "boolean",
        "segment.happy": "boolean",
    }


def test_every_built_in_fact_can_be_named_once() -> None:
    names = [one.name for one in list_facts(RULES)]

    assert len(names) == len(set(names))
    assert set(builtin().facts) <= set(names)


def test_all_words_have_to_occur_whatever_their_case(folder: Path) -> None:
    assert [one.name for one in list_events(folder, ["CARE", "begun"])] == ["care.begun"]
    assert list_events(folder, ["care", "zebra"]) == []


def test_a_folder_with_mistakes_still_lists_what_can_be_named(folder: Path) -> None:
    (folder / "journeys" / "a.yaml").write_text("version: 1\nrules: [{id: a, when: nothing}]\n")

    assert event("care.begun", list_events(folder)).own


def test_people_read_a_line_and_a_meaning(folder: Path, capsys: Captured) -> None:
    text = said(capsys, "events", "order.delivered", "--rules", folder)

    first, meaning = text.splitlines()
    assert first.startswith("order.delivered  (order; rank ")
    assert meaning.startswith("    ")


def test_machines_read_every_field(folder: Path, capsys: Captured) -> None:
    (found,) = answer(capsys, "facts", "cancel_reason", "--rules", folder)

    assert (found["type"], found["about"], found["optional"]) == ("enum", "order", True)
    assert "changed_mind" in found["values"]


def test_where_nothing_fits_that_is_said(folder: Path, capsys: Captured) -> None:
    assert said(capsys, "facts", "zebra", "--rules", folder) == "none\n"
