from datetime import UTC, datetime, timedelta

from engine.decisions.firing import Cause, Due, Firing

# As rows have held it since the first of them, in one level.
STORED = {
    "journey": "order:shop/A1",
    "rule_id": "review",
    "occurrence": "shipment:P1+2026-03-05",
    "about": ["shipment", "P1"],
    "event": "shipment.delivered",
    "event_at": "2026-03-02T12:00:00.000000Z",
    "due_at": "2026-03-04T12:00:00.000000Z",
    "known_at": "2026-03-02T12:01:00.000000Z",
    "revision": "r1",
    "shop": "shop",
    "order": "A1",
    "data": {"shipment.eta": "2026-03-05"},
    "form": "after",
    "label": "1 day before",
    "is_late": True,
    "depth": 1,
    "again_at": "2026-03-04T13:00:00.000000Z",
    "line": 2,
}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_stored_firing_is_read_as_it_was_written() -> None:
    firing = Firing.from_json(STORED)

    assert firing == Firing(
        journey="order:shop/A1",
        rule_id="review",
        occurrence="shipment:P1+2026-03-05",
        about=("shipment", "P1"),
        cause=Cause("shipment.delivered", NOON, "after", "1 day before", line=2, depth=1),
        due=Due(
            NOON + timedelta(days=2),
            NOON + timedelta(minutes=1),
            is_late=True,
            again_at=NOON + timedelta(days=2, hours=1),
        ),
        revision="r1",
        shop="shop",
        order="A1",
        data={"shipment.eta": "2026-03-05"},
    )
    assert firing.to_json() == STORED


def test_what_an_older_row_does_not_say_is_as_it_was_then() -> None:
    new = {"shop", "order", "data", "form", "label", "is_late", "depth", "again_at", "line"}
    older = {name: value for name, value in STORED.items() if name not in new}

    firing = Firing.from_json(older)

    assert (firing.form, firing.line, firing.depth, firing.due.is_late) == ("event", 0, 0, False)
    assert (firing.order, firing.due.again_at, firing.data) == (None, None, {})


def test_a_change_of_a_part_leaves_the_rest_alone() -> None:
    firing = Firing.from_json(STORED)
    later = firing.now(due_at=NOON, event="x", order=None)

    assert (later.due_at, later.event, later.order) == (NOON, "x", None)
    assert (later.known_at, later.event_at, later.label) == (
        firing.known_at,
        firing.event_at,
        firing.label,
    )
    assert firing.due_at != NOON
