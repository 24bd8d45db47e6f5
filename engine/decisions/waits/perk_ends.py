"""The end of a perk's time: a due moment of its customer's journey, at which the journey causes
`perk.expired`.
"""

from collections.abc import Iterator
from datetime import datetime

from engine.catalog.values import instant
from engine.decisions.effects import Effect, Emission
from engine.decisions.firing import Cause, Due, Firing
from engine.decisions.waits.calendar_waits import JourneyWaits
from engine.facts.naming import key_of
from engine.facts.perks import EXPIRED, ends_at, ends_of
from engine.facts.state import State
from engine.rules.ruleset import Ruleset


def ends_after(own: State, now: datetime, zone: str) -> list[datetime]:
    """The moments still to come at which the time of a perk is over."""
    return [end for _, end in ends_of(own, zone) if end > now]


def expired(journey: JourneyWaits, ruleset: Ruleset) -> Iterator[Effect]:
    """The effects that announce each perk whose time is over: an event of that moment, once for
    each end.
    """
    situation = journey.situation
    for perk, end in ends_of(journey.own, journey.zone(ruleset.policies)):
        if end > journey.now:
            continue
        firing = Firing(
            journey=situation.journey,
            rule_id=EXPIRED,
            occurrence=f"{journey.naming.plain(perk)}+{instant(end)}",
            about=("perk", perk),
            cause=Cause("", end, form="perk"),
            due=Due(end, journey.now),
            revision=ruleset.revision,
            shop=situation.subjects.shop,
        )
        key = key_of(firing.journey, EXPIRED, firing.occurrence)
        perk_named = {"perk.name": perk}
        yield Emission(key, EXPIRED, firing, arguments=perk_named, decided_at=journey.now)


def is_over(customer: State | None, effect: Effect, zone: str) -> bool:
    """Whether the end that an effect announces is still the end: granted anew, a perk ends later."""
    return ends_at(customer, effect.firing.about[1], zone) == effect.firing.due_at
