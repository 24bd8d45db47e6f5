"""What a firing does: each action of its rule as an effect or a silence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.calendar import add
from engine.decision import Effect, Firing, Suppression
from engine.events import OWN_SOURCE, Event
from engine.naming import key_of, own_id
from engine.rollups import perk_is_live
from engine.ruleset import Arguments, Call, Category, Grant, Policies, Rule, Ruleset, Send, Suppress
from engine.things import value_of
from engine.values import Duration, Money, Value, instant, parse_duration
from engine.view import View

# How long a message is worth sending, where neither rule nor category says.
VALID_FOR: Mapping[str, Duration] = {"transactional": parse_duration("7 days"), "marketing": parse_duration("1 day")}


@dataclass(slots=True)
class Done:
    """The rows that actions lead to."""

    effects: list[Effect] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)

    def extend(self, other: "Done") -> None:
        """Take in another's rows."""
        self.effects += other.effects
        self.suppressions += other.suppressions


def carry_out(rule: Rule, firing: Firing, ruleset: Ruleset, view: View, now: datetime) -> Done:
    """The effects and silences of a rule that acts now."""
    done = Done()
    for place, action in enumerate(rule.actions):
        match action:
            case Send():
                done.effects.append(_message(action, firing, ruleset.policies, view, now))
            case Suppress():
                done.suppressions.append(_silence(action, firing, view, place))
            case Call():
                key = key_of(firing.journey, firing.rule_id, firing.occurrence, action.action, str(place))
                arguments = read(action.arguments, view)
                done.effects.append(Effect(key, "call", action.action, firing, arguments=arguments, decided_at=now))
            case Grant():
                done.effects.append(_perk(action, firing, view, now, place))
    return done


def read(arguments: Arguments, view: View) -> dict[str, Any]:
    """The values of `with` as JSON; a fact that is unknown is left out."""
    values = {name: view[one.name] if one.name else one.constant for name, one in arguments.items()}
    return {name: as_json(value) for name, value in values.items() if value is not None}


def as_json(value: Value) -> Any:
    """The canonical JSON of a typed value."""
    match value:
        case Money() | Duration():
            return str(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case _:
            return value


def valid_until(send: Send, category: Category, due_at: datetime, zone: str) -> datetime:
    """Until when a message is worth sending, counted from its due moment."""
    return add(due_at, send.valid_for or VALID_FOR[category.kind], zone)


def event_of(effect: Effect) -> Event:
    """The event that an `emit` effect causes; its id is the effect's key, so that it happens once."""
    perk = effect.arguments.get("perk.name")
    return Event(
        source=OWN_SOURCE,
        id=effect.key,
        type=effect.name,
        occurred_at=effect.decided_at or effect.firing.due_at,
        shop=effect.firing.shop,
        order=effect.firing.order,
        customer=own_id(effect.customer) if effect.customer else None,
        things={"perk": str(perk)} if perk else {},
        data=effect.arguments,
    )


def _message(send: Send, firing: Firing, policies: Policies, view: View, now: datetime) -> Effect:
    category = policies.category(send.category)
    if category is None:
        raise LookupError(f"category {send.category} is not in policies.yaml")
    return Effect(
        key=key_of(firing.journey, firing.rule_id, firing.occurrence, send.template),
        kind="send",
        name=send.template,
        firing=firing,
        category=send.category,
        valid_until=valid_until(send, category, firing.due_at, view["zone"]),
        arguments=read(send.arguments, view),
        decided_at=now,
    )


def _silence(action: Suppress, firing: Firing, view: View, place: int) -> Suppression:
    """It begins when it was due, but lasts from when it became known: late news silences as long as any other."""
    return Suppression(
        key=key_of(firing.journey, firing.rule_id, firing.occurrence, "suppress", str(place)),
        rule_id=firing.rule_id,
        categories=action.categories,
        customer=view.subjects.customer_id,
        order=firing.order,
        across_customer=action.across_customer,
        starts_at=firing.due_at,
        ends_at=add(max(firing.due_at, firing.known_at), action.at_most, view["zone"]),
        until=action.until,
        place=str(action.position),
        about=firing.about,
    )


def _perk(action: Grant, firing: Firing, view: View, now: datetime, place: int) -> Effect:
    """A perk is an own event; granted again it lasts until the later end, and is not used more often."""
    customer = view.subjects.customer
    ends_at = instant(add(max(firing.due_at, firing.known_at), action.lasts, view["zone"]))
    uses = action.uses
    if perk_is_live(customer, action.perk, instant(now)):
        ends_at = max(ends_at, value_of(customer, "perk", action.perk, "perk.expires_at") or "9")
        uses = value_of(customer, "perk", action.perk, "perk.uses_left") or uses
    told = {"perk.name": action.perk, "perk.expires_at": ends_at, "perk.uses_left": uses}
    key = key_of(firing.journey, firing.rule_id, firing.occurrence, "perk.granted", str(place))
    return Effect(key, "emit", "perk.granted", firing, arguments=told, decided_at=now)
