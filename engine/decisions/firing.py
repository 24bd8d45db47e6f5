"""A firing of a rule: what it is about, what caused it, and when it is due. Until then it waits."""

from collections.abc import Mapping
from dataclasses import field, fields
from datetime import datetime
from typing import Any, Literal

from engine.catalog.rows import changed_in_parts, row
from engine.catalog.values import instant, instant_or_none

FiringForm = Literal["event", "after", "near", "silence", "every", "breaker", "perk"]


@row
class Cause:
    """What caused a firing: an event, at which time.

    `form` is the form of the `when` that fired it, `label` the offset or slot where it has one; no
    rule fires `breaker` and `perk`: a breaker opened, a perk ended. `line` counts the lines of
    `when` above its own: each line waits by itself. `depth` counts the emitted events that led to
    it.
    """

    event: str
    event_at: datetime
    form: FiringForm = "event"
    label: str = ""
    line: int = 0
    depth: int = 0
    own: str = ""


@row
class Due:
    """When a firing is due, and when it became known. One that `is_late` was due before it became
    known, and speaks all the same; a breaker that holds it asks `again_at`. `redecided` says how
    often it was carried out again because another line or member of its group held by then.

    `length` is how long it waits and `zone` by whose days, as they were when it began to.
    """

    due_at: datetime
    known_at: datetime
    is_late: bool = False
    again_at: datetime | None = None
    zone: str | None = None
    length: str | None = None
    redecided: int = 0

    @property
    def is_redecided(self) -> bool:
        """Whether the firing is carried out again."""
        return self.redecided > 0


@row
class Firing:
    """One firing of a rule; `revision` is the one that was active when its cause was accepted.

    `fired_as` is the id its rule had then, where it was renamed since: effects are named by it.
    """

    journey: str
    rule_id: str
    occurrence: str
    about: tuple[str, str]
    cause: Cause
    due: Due
    revision: str
    shop: str = ""
    order: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    fired_as: str | None = None

    @property
    def event(self) -> str:
        """The type of the event that caused it, "" where none did."""
        return self.cause.event

    @property
    def event_at(self) -> datetime:
        """When that event happened; what `stop_if` looks back to."""
        return self.cause.event_at

    @property
    def form(self) -> FiringForm:
        """The form of the `when` that fired it."""
        return self.cause.form

    @property
    def label(self) -> str:
        """The offset or slot, where it has one."""
        return self.cause.label

    @property
    def line(self) -> int:
        """How many lines of `when` stand above its own."""
        return self.cause.line

    @property
    def depth(self) -> int:
        """How many emitted events led to it."""
        return self.cause.depth

    @property
    def due_at(self) -> datetime:
        """When it is due."""
        return self.due.due_at

    @property
    def known_at(self) -> datetime:
        """When its cause became known."""
        return self.due.known_at

    @property
    def wait_id(self) -> tuple[str, str, int]:
        """What tells it from the other waits of its journey: one of the same id has moved. One that
        is decided again waits beside whatever its line may have begun meanwhile.
        """
        line = self.cause.line
        return self.rule_id, self.occurrence, -1 - line if self.due.is_redecided else line

    @property
    def wakes_at(self) -> datetime:
        """When it is asked next: when it is due, or later where a breaker has held it."""
        return self.due.again_at or self.due.due_at

    @property
    def holder(self) -> str:
        """Who holds the once-keys of this firing."""
        return f"{self.journey}/{self.occurrence}"

    def now(self, **changes: Any) -> "Firing":
        """The same firing with other values, also of its cause and of when it is due."""
        return changed_in_parts(self, _PART_OF, changes)

    def to_json(self) -> dict[str, Any]:
        """As JSON, for a row, in one level; `from_json` reads it back."""
        cause, due = self.cause, self.due
        return {
            "journey": self.journey,
            "rule_id": self.rule_id,
            "occurrence": self.occurrence,
            "about": list(self.about),
            "event": cause.event,
            "event_at": instant(cause.event_at),
            "due_at": instant(due.due_at),
            "known_at": instant(due.known_at),
            "revision": self.revision,
            "shop": self.shop,
            "order": self.order,
            "data": dict(self.data),
            "form": cause.form,
            "label": cause.label,
            "is_late": due.is_late,
            "depth": cause.depth,
            "again_at": instant_or_none(due.again_at),
            "line": cause.line,
            **({"fired_as": self.fired_as} if self.fired_as else {}),
        } | {
            name: value
            for name, value in (
                ("zone", due.zone),
                ("length", due.length),
                ("redecided", due.redecided or None),
                ("own", cause.own or None),
            )
            if value is not None
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Firing":
        """The firing that `to_json` wrote; what an older row does not say is as it was by
        default.
        """
        again_at = stored.get("again_at")
        return cls(
            journey=stored["journey"],
            rule_id=stored["rule_id"],
            occurrence=stored["occurrence"],
            about=tuple(stored["about"]),
            cause=Cause(
                stored["event"],
                datetime.fromisoformat(stored["event_at"]),
                form=stored.get("form", "event"),
                label=stored.get("label", ""),
                line=stored.get("line", 0),
                depth=stored.get("depth", 0),
                own=stored.get("own", ""),
            ),
            due=Due(
                datetime.fromisoformat(stored["due_at"]),
                datetime.fromisoformat(stored["known_at"]),
                is_late=stored.get("is_late", False),
                again_at=datetime.fromisoformat(again_at) if again_at else None,
                zone=stored.get("zone"),
                length=stored.get("length"),
                redecided=stored.get("redecided", 0),
            ),
            revision=stored["revision"],
            shop=stored.get("shop", ""),
            order=stored.get("order"),
            data=stored.get("data", {}),
            fired_as=stored.get("fired_as"),
        )


def first_id(firing: Firing) -> str:
    """The id that the rule of a firing had when it fired."""
    return firing.fired_as or firing.rule_id


def of_rule(firing: Firing, rule_id: str) -> Firing:
    """The same firing, its rule having been renamed."""
    if rule_id == firing.rule_id:
        return firing
    return firing.now(rule_id=rule_id, fired_as=first_id(firing))


_PART_OF: Mapping[str, str] = {
    one.name: part for part, kind in (("cause", Cause), ("due", Due)) for one in fields(kind)
}
