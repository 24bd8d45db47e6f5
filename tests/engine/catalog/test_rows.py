"""Rows are dataclasses with slots that are cheap to make and to change."""

from dataclasses import field, fields, replace

import pytest

from engine.catalog.rows import changed, row


@row
class Parcel:
    """A row like those of the engine."""

    name: str
    weight: int = 1
    notes: tuple[str, ...] = field(default=(), compare=False)


def test_a_changed_row_differs_in_what_was_changed_only() -> None:
    assert changed(Parcel("P1", 2), weight=3) == Parcel("P1", 3)


def test_changing_a_row_leaves_the_old_one_as_it_was() -> None:
    old = Parcel("P1", 2)

    changed(old, weight=3)

    assert old == Parcel("P1", 2)


def test_changing_nothing_gives_an_equal_row_of_its_own() -> None:
    old = Parcel("P1", notes=("fragile",))

    new = changed(old)

    assert (new, new.notes, new is old) == (old, old.notes, False)


def test_rows_that_are_equal_are_one_key() -> None:
    assert {Parcel("P1"): 1, Parcel("P1", notes=("fragile",)): 2} == {Parcel("P1"): 2}


def test_a_row_is_a_dataclass_like_any_other() -> None:
    assert [one.name for one in fields(Parcel)] == ["name", "weight", "notes"]
    assert replace(Parcel("P1"), name="P2") == Parcel("P2")


def test_a_row_has_no_other_fields() -> None:
    with pytest.raises(AttributeError):
        changed(Parcel("P1"), wieght=3)
