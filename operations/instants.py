"""How an instant reads wherever people read it: `2 Mar 2026 12:00 UTC`."""

from datetime import UTC, datetime


def spelled(at: datetime | None) -> str:
    """An instant as people read it; `?` where there is none."""
    return f"{at.astimezone(UTC):%-d %b %Y %H:%M} UTC" if at else "?"
