"""Times in a scenario: so long after its start, or a date and a time of day; all in the zone of the
test.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from engine.catalog.calendar import add, at_local, is_zone
from engine.catalog.values import Duration, WrongValue, parse_duration
from engine.conditions.problems import Problems
from engine.language.nodes import Node
from engine.language.plain_values import read_text

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T]([01]\d|2[0-3]):([0-5]\d)(?: (\S+))?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_FIRST_YEAR, _LAST_YEAR = 1991, 2200
_EXAMPLE = "such as 48h, 2 days or 2026-03-04 15:00"


@dataclass(frozen=True, slots=True)
class ScenarioClock:
    """When a test starts, and where its times are local."""

    starts: datetime
    zone: str

    def moment(self, node: Node, problems: Problems) -> datetime | None:
        """A length since the start, also before it (`-2 days`), or a date and time; to
        the minute.
        """
        text = read_text(node, problems)
        if text is None:
            return None
        at = self.parsed(text)
        if at is None:
            problems.add("J09", node, f"a moment {_EXAMPLE}, not {text[:60]}")
        return at

    def parsed(self, text: str) -> datetime | None:
        """The moment a text spells, None if it spells none."""
        if (found := _MOMENT.fullmatch(text)) and found[4] is None:
            return _sensible(_local(found, self.zone))
        try:
            length = parse_duration(text.removeprefix("-").lstrip())
        except (WrongValue, OverflowError):
            return None
        if length.unit == "business day":
            return None
        signed = Duration(-length.amount, length.unit) if text.startswith("-") else length
        try:
            return _sensible(_minute(add(self.starts, signed, self.zone)))
        except (ValueError, OverflowError):
            return None

    def end(self, node: Node, problems: Problems) -> date | datetime | None:
        """A day, or a date and time."""
        text = read_text(node, problems) or ""
        if _DATE.fullmatch(text) and (day := _day(text)):
            return day
        return self.moment(node, problems)


def read_start(node: Node, zone: str, problems: Problems) -> ScenarioClock | None:
    """`2026-03-02 10:00 Europe/Paris`; without a zone in `zone`."""
    text = read_text(node, problems) or ""
    found = _MOMENT.fullmatch(text)
    if not found or (at := _sensible(_local(found, "UTC"))) is None:
        problems.add("J09", node, f"a start such as 2026-03-02 10:00 Europe/Paris, not {text[:60]}")
        return None
    if found[4] and not is_zone(found[4]):
        problems.add("J09", node, f"{found[4]} is no time zone; write one such as Europe/Paris")
        return None
    zone = found[4] or zone
    return ScenarioClock(_local(found, zone) or at, zone)


def _local(found: re.Match[str], zone: str) -> datetime | None:
    day = _day(found[1])
    return at_local(day, time(int(found[2]), int(found[3])), zone).astimezone(UTC) if day else None


def _sensible(at: datetime | None) -> datetime | None:
    """A moment in the years that events may have."""
    return at if at and _FIRST_YEAR <= at.year <= _LAST_YEAR else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _minute(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)
