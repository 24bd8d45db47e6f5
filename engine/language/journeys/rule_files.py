"""Journey files: rules with their triggers, conditions and actions."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

from engine.catalog.catalog import THINGS
from engine.catalog.values import Duration, FactType, WrongValue, parse_duration
from engine.conditions import Scope
from engine.conditions.condition import Condition, Position
from engine.conditions.problems import Problems, unknown
from engine.language.journeys.action_keys import NOTHING
from engine.language.journeys.actions import ActionPlace, read_actions
from engine.language.journeys.rule_keys import (
    ChooseLine,
    JourneyFile,
    LastChooseLine,
    RuleKeys,
)
from engine.language.journeys.triggers import Listening, read_triggers
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.plain_values import (
    LONGEST_NAME,
    is_kebab,
    is_name,
    no_name,
    read_text,
    read_value,
)
from engine.language.sentences.condition_nodes import OPERATORS, read_conditions
from engine.rules.rule import Branch, Every, Listened, Near, OncePer, Rule, RuleConduct, RuleLabel


def read_rules(node: Node, known: Known) -> Iterator[Rule]:
    """The rules of one file that have no mistakes."""
    file = JourneyFile(node, known.problems)
    file.is_complete()
    if "rules" in file and node.entries["rules"].value is None:
        file.wrong("J03", "rules", "rules needs a rule; a file without one is taken away")
    for item in file.rules or ():
        if (rule := _rule(item, known)) is not None:
            yield rule


def rule_ids(node: Node) -> list[tuple[str, Position]]:
    """The ids of all rules of a file with their places, also of those with mistakes."""
    rules = node.entries["rules"].items if "rules" in node.entries else []
    return [(rule.entries["id"].text, rule.position) for rule in rules if "id" in rule.entries]


def _rule(node: Node, known: Known) -> Rule | None:
    before = len(known.problems)
    keys = RuleKeys(node, known.problems)
    keys.need()
    rule_id = _kebab(keys, keys.id, "id")
    listening = read_triggers(keys.get("when"), known)
    about = listening.about if listening else None
    scope = known.scope(about)
    rule = Rule(
        id=rule_id or "",
        triggers=listening.triggers if listening else (),
        about=about or "customer",
        once_per=_once_per(keys, listening, scope),
        branches=_branches(keys, ActionPlace(known, scope, about or "customer")),
        position=node.position,
        label=RuleLabel(
            name=keys.name or "",
            owner=keys.owner or "",
            renamed_from=_kebab(keys, keys.renamed_from, "renamed_from"),
        ),
        conduct=_conduct(keys, listening),
        conditions=read_conditions(keys.if_, scope, known.problems),
        unless=_unless(keys.unless, scope, known.problems),
        stop_if=_stops(keys, known),
        group=_group(keys, keys.id.text if keys.id else "", known),
    )
    return rule if len(known.problems) == before else None


def _conduct(keys: RuleKeys, listening: Listening | None) -> RuleConduct:
    starts_on, ends_on = _days(keys, listening)
    return RuleConduct(
        mode=keys.mode or "live",
        in_flight=keys.in_flight or "follow",
        starts_on=starts_on,
        ends_on=ends_on,
        sends_late=_sends_late(keys, listening),
    )


def _kebab(keys: RuleKeys, node: Node | None, key: str) -> str | None:
    text = read_text(node, keys.problems) if node else None
    if text is not None and not is_kebab(text, keys.problems):
        keys.wrong(
            "J09",
            key,
            f"{key} is small letters, digits and hyphens, at most {LONGEST_NAME} characters, "
            "such as parcel-on-its-way",
        )
        return None
    return text


def _branches(keys: RuleKeys, place: ActionPlace) -> tuple[Branch, ...]:
    do, choose = keys.get("do"), keys.get("choose")
    if choose is not None and do is not None:
        keys.misplaced("J02", "choose", "do or choose, not both")
    elif choose is not None:
        return tuple(_chosen(choose, place))
    elif do is not None:
        return (Branch((), read_actions(do, place), do.position),)
    else:
        keys.problems.add("J03", keys.node, "a rule needs do or choose")
    return ()


def _chosen(choose: Node, place: ActionPlace) -> Iterator[Branch]:
    problems = place.known.problems
    if not choose.items:
        problems.add("J03", choose, "choose needs a line")
    for number, node in enumerate(choose.items, 1):
        is_last = number == len(choose.items)
        if "otherwise" in node.entries and not is_last:
            problems.add(
                "J03", node, "otherwise is the last line; what stands behind it is never asked"
            )
        if is_last and "otherwise" not in node.entries:
            problems.add(
                "J03", node, "the last line is {otherwise: …}; {otherwise: nothing} does nothing"
            )
        yield _otherwise(node, place) if "otherwise" in node.entries else _line(node, place)


def _otherwise(node: Node, place: ActionPlace) -> Branch:
    LastChooseLine(node, place.known.problems)
    last = node.entries["otherwise"]
    return Branch((), () if last.value == NOTHING else read_actions(last, place), node.position)


def _line(node: Node, place: ActionPlace) -> Branch:
    line = ChooseLine(node, place.known.problems)
    line.need()
    conditions = read_conditions(line.if_, place.scope, place.known.problems)
    do = line.get("do")
    return Branch(conditions, read_actions(do, place) if do else (), node.position)


def _unless(
    node: Node | None, scope: Scope, problems: Problems
) -> Mapping[str, tuple[Condition, ...]]:
    """The exceptions by name; a bare condition or a list, which holds when all of it does, is
    called `unless`.
    """
    if node is None:
        return {}
    if not isinstance(node.value, dict) or (
        len(node.entries) == 1 and set(node.entries) <= OPERATORS
    ):
        return {"unless": read_conditions(node, scope, problems)}
    if not node.entries:
        problems.add("J05", node, "a condition is missing here")
    for name, at in node.keys.items():
        if not is_name(name, problems) and not is_kebab(name, problems):
            problems.add("J05", at, no_name(name))
    return {name: read_conditions(inner, scope, problems) for name, inner in node.entries.items()}


def _stops(keys: RuleKeys, known: Known) -> tuple[Listened, ...]:
    return tuple(one for item in keys.stop_if or () if (one := known.listened(item)) is not None)


def _group(keys: RuleKeys, rule_id: str, known: Known) -> str | None:
    if (node := keys.one_of) is None or (name := read_text(node, known.problems)) is None:
        return None
    groups = known.policies.groups
    if name not in groups:
        message = (
            unknown("group", name, groups)
            if groups
            else f"unknown group {name}: policies.yaml has no `groups`"
        )
        known.problems.add("J07", node, message)
    elif rule_id not in groups[name]:
        known.problems.add("J07", node, f"group {name} of policies.yaml does not name this rule")
    return name


def _days(keys: RuleKeys, listening: Listening | None) -> tuple[date | None, date | None]:
    start, end = keys.from_, keys.until
    if start is not None and end is not None and end < start:
        keys.wrong("J09", "until", f"until {end} lies before from {start}")
    for trigger in listening.triggers if listening else ():
        if isinstance(trigger, Every) and trigger.count > 1 and "from" not in keys:
            message = (
                f"every {trigger.count} {trigger.period}s counts from the {trigger.period} "
                "of from, which is missing"
            )
            keys.wrong("J03", "when", message)
    return start, end


def _sends_late(keys: RuleKeys, listening: Listening | None) -> bool:
    late = keys.if_late
    is_near = listening is None or any(isinstance(trigger, Near) for trigger in listening.triggers)
    if "if_late" in keys and not is_near:
        keys.misplaced("J02", "if_late", "if_late belongs to a rule that waits for a date")
    return late == "send"


def _once_per(keys: RuleKeys, listening: Listening | None, scope: Scope) -> OncePer:
    node, problems = keys.once_per, keys.problems
    about = scope.about or "customer"
    if node is None:
        if listening is not None and (event := listening.repeats):
            what = (
                f"{event} may happen again: say how often, "
                f"such as `once_per: event` or `once_per: {about}`"
            )
            problems.doubt("J18", keys.get("when") or keys.node, what)
        return OncePer((about,), counting=keys.counting or "sent", is_default=True)
    once_per = replace(_stated(node, scope, problems), counting=keys.counting or "sent")
    if "event" in once_per.keys and listening is not None and not listening.has_event:
        problems.add("J19", node, "no event starts this rule; count by a thing or a fact")
    return once_per


def _stated(node: Node, scope: Scope, problems: Problems) -> OncePer:
    if isinstance(node.value, dict):
        return _windowed(node, scope, problems)
    *keys, last = node.items or [node]
    window = _window(last) if keys else None
    names = [_once_key(item, scope, problems) for item in (keys if window else [*keys, last])]
    return OncePer(tuple(name for name in names if name is not None), window)


def _windowed(node: Node, scope: Scope, problems: Problems) -> OncePer:
    if len(node.entries) != 1:
        problems.add(
            "J09", node, "once_per names one thing and its window, such as {customer: 180 days}"
        )
        return OncePer(())
    name, length = next(iter(node.entries.items()))
    if (spelled := _length_in(name)) is not None:
        thing = length.text if isinstance(length.value, str) else "customer"
        problems.add("J19", node, f"the thing stands first: write `{{{thing}: {spelled}}}`")
        return OncePer(())
    window = read_value(length, FactType("duration"), problems)
    key = _once_key(Node(name, node.keys[name]), scope, problems)
    return OncePer((key,) if key else (), window if isinstance(window, Duration) else None)


def _window(node: Node) -> Duration | None:
    if not isinstance(node.value, str):
        return None
    try:
        return parse_duration(node.value)
    except WrongValue:
        return None


def _once_key(node: Node, scope: Scope, problems: Problems) -> str | None:
    name = read_text(node, problems)
    if name is None or name == "event":
        return name
    if name not in THINGS and scope.type(name) is None:
        problems.add(*_unknown_key_of_once(name, node, scope))
        return None
    if scope.about is not None and (why := _out_of_reach(name, scope)):
        problems.add("J19", node, why)
        return None
    return name


def _unknown_key_of_once(name: str, node: Node, scope: Scope) -> tuple[str, Node, str]:
    """A name that is none; a length alone, or beside its thing, is told how a window is written."""
    if (spelled := _length_in(name)) is None:
        known = ["event", *THINGS, *scope.names]
        return "J07", node, unknown("thing or fact", name, known)
    thing = name.replace(spelled, "").strip() or "customer"
    thing = thing if thing in THINGS or scope.type(thing) is not None else "customer"
    said = f"{spelled} of what? write" if name == spelled else "a window is written"
    return "J19", node, f"{said} `{{{thing}: {spelled}}}`"


def _length_in(text: str) -> str | None:
    """The length that is a text, or stands in it."""
    words = text.split()
    pairs = [text, *(" ".join(pair) for pair in pairwise(words)), *words]
    return next((one for one in pairs if _is_length(one)), None)


def _is_length(text: str) -> bool:
    try:
        parse_duration(text)
    except WrongValue:
        return False
    return True


def _out_of_reach(name: str, scope: Scope) -> str | None:
    if name not in THINGS:
        return scope.unavailable(name)
    return (
        None
        if name in scope.things
        else f"a rule about {scope.about} does not know which {name} is meant"
    )
