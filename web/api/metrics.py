"""`GET /metrics`: what this process has counted, and how far behind the installation is, for
Prometheus.
"""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from operations.health import Gauges, backlog
from web.http.bearer import Bearer
from web.parts import WebParts

_PATIENCE_SECONDS = 3.0
_DATABASE = Gauge("purna_database_up", "Whether the database answered this scrape.")
_NUDGES = Gauge("purna_inbox_nudges", "Journeys that have news to read.")
_INBOX_LAG = Gauge("purna_inbox_lag_seconds", "How long the oldest unread event has waited.")
_JOURNEY_LAG = Gauge(
    "purna_journey_lag_seconds", "How long ago the latest journey should have woken."
)
_EFFECTS = Gauge(
    "purna_open_effects", "Messages and calls that are not settled, by state.", ("state",)
)
_UNCERTAIN = Gauge(
    "purna_ledger_uncertain", "Messages nobody is sure of: `purna ledger uncertain`."
)
_QUARANTINE = Gauge(
    "purna_quarantine", "What could not be made sense of: `purna event quarantined`."
)
_UNPLACED = Gauge(
    "purna_unplaced", "Events that wait for a thing nobody has told of: `purna event unplaced`."
)


class Metrics:
    """Answers whoever shows a token of every shop, since it tells of all of them."""

    def __init__(self, parts: WebParts) -> None:
        self._parts, self._bearer = parts, Bearer(parts.tokens)

    async def show(self, request: Request) -> Response:
        """The counts; without a database still those of this process."""
        self._bearer.check_for_every_shop(request)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                _show(await backlog(self._parts.store.overview))
            _DATABASE.set(1)
        except Exception:  # noqa: BLE001  # whatever it is, it is not up
            _DATABASE.set(0)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _show(found: Gauges) -> None:
    _NUDGES.set(found.nudges)
    _INBOX_LAG.set(found.inbox_lag)
    _JOURNEY_LAG.set(found.journey_lag)
    for state in ("wanted", "claimed", "leaving", "held"):
        _EFFECTS.labels(state).set(found.effects.get(state, 0))
    _UNCERTAIN.set(found.uncertain)
    _QUARANTINE.set(found.quarantined)
    _UNPLACED.set(found.unplaced)
