"""`when`: its sentences against the catalog, and what a rule is about by them."""

from dataclasses import dataclass, replace

from engine.catalog.catalog import THINGS
from engine.catalog.values import Duration
from engine.conditions import Scope
from engine.conditions.condition import Position
from engine.conditions.operators.references import named_like, unknown_fact
from engine.language.known import Known, unknown_event
from engine.language.nodes import Node
from engine.language.plain_values import LONGEST, read_text
from engine.language.sentences.condition_nodes import report
from engine.language.sentences.parser import EventPhrase, Fault, parse_when
from engine.rules.rule import After, Every, Near, OnEvent, Silence, Trigger

_CLOCK_UNITS = frozenset({"minute", "hour"})


@dataclass(frozen=True, slots=True)
class Listening:
    """The triggers of a rule, the one kind of thing they are about, and whether they may come again
    for a thing.
    """

    triggers: tuple[Trigger, ...]
    about: str
    repeats: str | None = None

    @property
    def has_event(self) -> bool:
        """Whether each firing has an event of its own that starts it."""
        return not any(isinstance(trigger, Near | Every) for trigger in self.triggers)


def read_triggers(node: Node | None, known: Known) -> Listening | None:
    """What a rule listens to; None after a problem."""
    if node is None:
        return None
    if not node.items:
        known.problems.add("J03", node, "when needs a sentence")
        return None
    found = [
        (item, trigger) for item in node.items if (trigger := _trigger(item, known)) is not None
    ]
    if len(found) < len(node.items):
        return None
    about = about_of(found[0][1], known)
    for item, trigger in found[1:]:
        if (other := about_of(trigger, known)) != about:
            known.problems.add(
                "J15",
                item,
                f"this line is about {other}, the first about {about}; make two rules of it",
            )
    triggers = tuple(trigger for _, trigger in found)
    again = next(
        (name for t in triggers if (name := _started_by(t)) and known.catalog.events[name].repeats),
        None,
    )
    return Listening(triggers, about, again)


def about_of(trigger: Trigger, known: Known) -> str:
    """The kind of thing that a rule with this trigger is about."""
    match trigger:
        case Near(fact=name):
            return known.scope(None).owner(name)
        case Every():
            return "customer"
        case _:
            return known.catalog.events[_started_by(trigger) or ""].about


def _started_by(trigger: Trigger) -> str | None:
    match trigger:
        case OnEvent(event=name) | After(event=name):
            return name
        case Silence(since=since):
            return since.event
        case _:
            return None


def _trigger(node: Node, known: Known) -> Trigger | None:
    if (text := read_text(node, known.problems)) is None:
        return None
    heard = parse_when(text)
    if isinstance(heard, Fault):
        report(heard, node, known.problems)
        return None
    return _Sentence(node, heard, known).trigger()


class _Sentence:
    """One sentence of `when`, asked for the names it uses and whether its lengths fit them."""

    def __init__(self, node: Node, heard: EventPhrase, known: Known) -> None:
        self._node, self._heard, self._known = node, heard, known

    def trigger(self) -> Trigger | None:
        before = len(self._known.problems)
        trigger = self._checked_names(self._heard.trigger)
        return None if len(self._known.problems) > before else trigger

    def _checked_names(self, trigger: Trigger) -> Trigger:
        match trigger:
            case OnEvent(event=name):
                self._is_event(name, "name")
            case After(event=name) if self._known.scope(None).type(name) is not None:
                return self._after_date(trigger)
            case After(event=name, delay=delay, at=at):
                if self._is_event(name, "name"):
                    self._check_lengths((delay,), self._scope(trigger), needs_day=at is not None)
            case Near():
                return self._near(trigger)
            case Silence(lasting=lasting, of=of, since=since):
                if self._is_event(of.event, "name") & self._is_event(since.event, "since"):
                    self._check_lengths((lasting,), self._scope(trigger))
        return trigger

    def _after_date(self, trigger: After) -> Trigger:
        if trigger.by_customer:
            self._wrong(
                "J05", "name", f"{trigger.event} is a date; by the customer belongs to events"
            )
        return self._near(Near((trigger.delay,), before=False, fact=trigger.event, at=trigger.at))

    def _near(self, trigger: Near) -> Trigger:
        scope, name = self._known.scope(None), trigger.fact
        kind = scope.type(name)
        if kind is None:
            self._wrong("J07", "name", _no_date(name, self._known, scope))
        elif kind.kind not in {"date", "datetime"}:
            self._wrong("J09", "name", f"{name} is {kind}, not a date")
        elif scope.owner(name) not in THINGS:
            self._wrong("J08", "name", f"a rule cannot be about {scope.owner(name)}")
        else:
            needs_day = kind.kind == "date" or trigger.at is not None
            self._check_lengths(trigger.offsets, self._scope(trigger), needs_day=needs_day)
        return replace(trigger, offsets=tuple(dict.fromkeys(trigger.offsets)))

    def _scope(self, trigger: Trigger) -> Scope:
        return self._known.scope(about_of(trigger, self._known))

    def _is_event(self, name: str, place: str) -> bool:
        if name in self._known.catalog.events:
            return True
        kind = self._known.scope(None).type(name)
        is_date = kind is not None and kind.kind in {"date", "datetime"}
        message = f"{name} is a date, not an event; write `on {name}`" if is_date else None
        self._wrong("J07", place, message or unknown_event(name, self._known.catalog))
        return False

    def _check_lengths(
        self, lengths: tuple[Duration | str, ...], scope: Scope, *, needs_day: bool = False
    ) -> None:
        for length in lengths:
            if isinstance(length, str):
                self._check_name(length, scope)
            elif length.amount > LONGEST:
                self._wrong("J09", "amount", f"at most {LONGEST} {length.unit}s")
            elif needs_day and (length.unit in _CLOCK_UNITS or length.amount % 1):
                what = "a time of day" if self._has_clock else "a date"
                self._wrong(
                    "J09", "amount", f"{what} takes whole days, weeks or months, not {length}"
                )

    @property
    def _has_clock(self) -> bool:
        return "at" in self._heard.places

    def _check_name(self, name: str, scope: Scope) -> None:
        kind = scope.type(name)
        if kind is None:
            self._wrong("J07", "amount", unknown_fact(name, scope.names))
        elif why := scope.unavailable(name):
            self._wrong("J08", "amount", why)
        elif kind.kind != "duration":
            self._wrong("J09", "amount", f"{name} is {kind}, not a duration")

    def _wrong(self, code: str, place: str, message: str) -> None:
        self._known.problems.add(code, self._place(place), message)

    def _place(self, name: str) -> Position:
        return self._node.within(self._heard.places.get(name, 0))


def _no_date(name: str, known: Known, scope: Scope) -> str:
    if name in known.catalog.events:
        return f"{name} is an event, whose time is {name}_at"
    meant = named_like(name, scope.names)
    return f"unknown date {name}" + (f", did you mean {meant}?" if meant else "")
