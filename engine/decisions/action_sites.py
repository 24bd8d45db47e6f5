"""Where the action of an effect stands in its rule: at the spot that its key names.

A newer revision may have moved it, and a key may be older than spots. Then what the rule would
choose by now comes first, and the action is known by what it does.
"""

from collections.abc import Iterator, Mapping

from engine.catalog.rows import row
from engine.decisions.effects import ActionCall, Effect, Emission, Message
from engine.decisions.firing import Firing, first_id
from engine.facts.naming import Spot, key_of
from engine.rules.rule import Action, Branch, Call, Emit, Grant, Put, Rule, Send

# The event that a perk begins with, and the last word of those that set facts.
PERK_GRANTED, FACTS_SET = "perk.granted", "facts_set"


@row
class ActionSite:
    """An action, and the line of its rule and the place at which it stands."""

    branch: Branch
    spot: Spot
    action: Action


def site_of(rule: Rule, effect: Effect, chosen: Branch | None = None) -> ActionSite | None:
    """The action that an effect was decided for; None if its rule has none like it any more.

    `chosen` is the line that would be chosen now.
    """
    if (spot := effect.spot) is not None and (site := _at(rule, spot)) and _does(site, effect):
        return site
    return next(_alike(rule, effect, chosen), None)


def stands(rule: Rule, effect: Effect) -> bool:
    """Whether the rule has the action of an effect exactly where its key says."""
    if effect.spot is not None:
        site = _at(rule, effect.spot)
        return site is not None and _does(site, effect)
    place = _older_place(effect)
    return any(site.spot.place == place for site in _alike(rule, effect, None))


def number_of(rule: Rule, branch: Branch) -> int:
    """How many lines of `choose` stand above one."""
    return next(line for line, one in enumerate(rule.branches) if one is branch)


def key_at(effect: Effect, place: int) -> str | None:
    """The key of what the same firing does at another place of the same `do`, and by the same name;
    None of a row that is older than spots.
    """
    if (spot := effect.spot) is None:
        return None
    begin = effect.key.removesuffix(f"{spot}/{effect.name}")
    return f"{begin}{Spot(spot.branch, place)}/{effect.name}"


def calls_read(rule: Rule, effect: Effect, siblings: Mapping[str, ActionCall]) -> dict[str, str]:
    """The keys of the named calls whose results an effect may read, by name: those of its own line;
    of an effect that does not stand where its key says those of every line that has one like it.
    """
    if effect.spot is not None and stands(rule, effect):
        return keys_of(rule, rule.branches[effect.spot.branch], effect.firing, siblings)
    found = dict[str, str]()
    for site in _alike(rule, effect, None):
        keys = keys_of(rule, site.branch, effect.firing, siblings)
        found |= {name: key for name, key in keys.items() if key in siblings or name not in found}
    return found


def keys_of(
    rule: Rule, branch: Branch, firing: Firing, siblings: Mapping[str, ActionCall]
) -> dict[str, str]:
    """The key of the effect of every named call of a `do`, by its name; `siblings` are the calls
    that the firing has made.
    """
    line = number_of(rule, branch)
    return {
        action.name: _key_of_call(action, Spot(line, place), firing, (rule, siblings))
        for place, action in enumerate(branch.actions)
        if isinstance(action, Call) and action.name
    }


def _key_of_call(
    call: Call, spot: Spot, firing: Firing, made: tuple[Rule, Mapping[str, ActionCall]]
) -> str:
    """The key of a call that was made; else the one that it would have."""
    rule, siblings = made
    begin = firing.journey, first_id(firing), firing.occurrence
    key = key_of(*begin, str(spot), call.action)
    older = key_of(*begin, call.action, str(spot.place))
    if key in siblings or not siblings:
        return key
    if older in siblings:
        return older
    moved = (name for name, one in siblings.items() if one.name == call.action)
    # What is carried out again reads what another line of its rule has called already.
    is_again = firing.due.is_redecided
    return next((name for name in moved if is_again or not stands(rule, siblings[name])), key)


def _at(rule: Rule, spot: Spot) -> ActionSite | None:
    branches = rule.branches[spot.branch : spot.branch + 1]
    actions = [action for one in branches for action in one.actions[spot.place : spot.place + 1]]
    return ActionSite(branches[0], spot, actions[0]) if actions else None


def _alike(rule: Rule, effect: Effect, chosen: Branch | None) -> Iterator[ActionSite]:
    """The actions that do the same, those of the line that would be chosen now first; in each line
    the one at the place that an older key names comes first.
    """
    older = _older_place(effect)
    lines = list(enumerate(rule.branches))
    for line, branch in sorted(lines, key=lambda one: one[1] is not chosen):
        sites = [
            ActionSite(branch, Spot(line, place), action)
            for place, action in enumerate(branch.actions)
        ]
        alike = [site for site in sites if _does(site, effect)]
        yield from sorted(alike, key=lambda site: site.spot.place != older)


def _older_place(effect: Effect) -> int | None:
    """The place that a key names which is older than spots; those of messages named none."""
    last = effect.key.rpartition("/")[2]
    return int(last) if effect.spot is None and last.isdecimal() else None


def _does(site: ActionSite, effect: Effect) -> bool:
    """Whether an action leads to such an effect."""
    match site.action:
        case Send(template=name):
            return isinstance(effect, Message) and effect.name == name
        case Call(action=name):
            return isinstance(effect, ActionCall) and effect.name == name
        case Emit(event=name):
            return isinstance(effect, Emission) and effect.name == name
        case Grant():
            return isinstance(effect, Emission) and effect.name == PERK_GRANTED
        case Put():
            return isinstance(effect, Emission) and effect.name.endswith(f".{FACTS_SET}")
        case _:
            return False
