"""A small shop for the commands: a rules folder, a log of its events, and how a
command is called.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.main import exit_code

MORNING = datetime(2026, 3, 2, 10, tzinfo=UTC)
JOURNEYS = """
version: 1
rules:
  - id: parcel-shipped
    when: shipment.shipped
    stop_if: order.cancelled
    do: [{send: shipped, by: email, category: delivery}]
  - id: review-request
    when: 7 days after order.delivered
    if: order.returned = false
    stop_if: [order.cancelled, review.received]
    do: [{send: review_request, by: email, category: review}]
  - id: big-spender
    when: order.placed
    if: [order.total >= 100 EUR, order.express = true]
    do: [{call: tell_team, with: {text: order.id}}]
"""
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
currency: EUR
"""
FILES = {
    "journeys/orders.yaml": JOURNEYS,
    "policies.yaml": POLICIES,
    "templates/en/shipped.md": (
        "---\nsubject: On its way\n---\nOrder {{ order.id }} is on its way.\n"
    ),
    "templates/en/review_request.md": "---\nsubject: Well?\n---\nHow do you like it?\n",
    "templates/en/footer.md": "[No more]({{ links.unsubscribe }})\n",
}


def a_folder(at: Path, *changes: tuple[str, str], files: Mapping[str, str] = FILES) -> Path:
    """A rules folder, with texts replaced wherever they stand."""
    for name, text in files.items():
        for old, new in changes:
            text = text.replace(old, new)  # noqa: PLW2901  # each change goes on from the one before
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text)
    return at


def told(kind: str, order: str, after: timedelta = timedelta(), /, **things: Any) -> dict[str, Any]:
    """An event as a shop sends it."""
    customer = {"id": f"C-{order}", "email": f"{order}@example.org"}
    beside: dict[str, Any] = things.pop("beside", {})
    data = {
        "shop": "main",
        "customer": customer,
        "order": {"id": order, **things.pop("order", {})},
        **things,
    }
    at = (MORNING + after).isoformat().replace("+00:00", "Z")
    return {
        "specversion": "1.0",
        "id": f"{order} {kind}",
        "source": "t",
        "type": kind,
        "time": at,
        "data": data,
    } | beside


def an_order(order: str, **placed: Any) -> list[dict[str, Any]]:
    """Placed, shipped the next day, delivered two days later; its customer may be asked for a
    review.
    """
    day = timedelta(days=1)
    return [
        told("order.placed", order, order=placed),
        told("consent.given", order, consent={"category": "review"}),
        told("shipment.shipped", order, day, shipment={"id": f"P-{order}"}),
        told("shipment.delivered", order, 3 * day, shipment={"id": f"P-{order}"}),
    ]


def a_log(at: Path, events: Iterable[Mapping[str, Any]]) -> Path:
    """The events in order of time, as JSON Lines."""
    ordered = sorted(events, key=lambda event: str(event["time"]))
    at.write_text("".join(json.dumps(event) + "\n" for event in ordered))
    return at


def answer(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> Any:
    """What a command says with `--json`."""
    assert exit_code([*map(str, words), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def said(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> str:
    """What a command says to a person on stdout, or on stderr if it could not run."""
    assert exit_code([*map(str, words)]) == code
    captured = capsys.readouterr()
    return captured.err if code > 1 else captured.out
