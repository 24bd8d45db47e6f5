"""How an instant reads wherever people read it: `2 Mar 2026 12:00 UTC`."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# A zone of which nobody needs to be told beside UTC.
NO_ZONE = "UTC"


def spelled(at: datetime | None, zone: str = NO_ZONE) -> str:
    """An instant as people read it, beside UTC by the clocks of a zone; `?` where there is none."""
    if at is None:
        return "?"
    at = at.astimezone(UTC)
    utc = f"{at:%-d %b %Y %H:%M} UTC"
    if zone == NO_ZONE:
        return utc
    there = at.astimezone(ZoneInfo(zone))
    clock = f"{there:%H:%M}" if there.date() == at.date() else f"{there:%-d %b %H:%M}"
    return f"{utc} ({clock} {zone})"
