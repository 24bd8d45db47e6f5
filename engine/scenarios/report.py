"""What a person reads of a test that failed: only what differs, and what the nearest rule has to
say about it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.values import Duration, Unit
from engine.decisions.decision import Decision
from engine.rules.rule import Call, Grant, Rule, Send, Suppress
from engine.rules.ruleset import Ruleset
from engine.scenarios.comparison import Mismatch, TestVerdict, UnmetLine
from engine.scenarios.happenings import GivenAnswer, PlayedDeed, Seen
from engine.scenarios.scenario import Because, Scenario, Wanted

_MARK = {True: "✓", False: "✗", None: "?"}
_MOST = 200
_HOUR, _DAY = 3600, 24 * 3600


def failure_report(verdict: TestVerdict, ruleset: Ruleset) -> str:
    """The text about a test that needs somebody's attention."""
    if verdict.problem is not None:
        return str(verdict.problem)
    scenario = verdict.scenario
    head = f"✗ {scenario.position.file}:{scenario.position.line} {scenario.name}"
    lines = [line for one in verdict.unmet for line in _unmet(one, scenario, ruleset)]
    return "\n".join([head, *lines, *_uninvited(verdict)])


def _uninvited(verdict: TestVerdict) -> Iterator[str]:
    """What to do where all that differs are the deeds of rules that the test says nothing about."""
    found = [one for line in verdict.unmet for one in line.differences]
    rules = sorted({one.deed.rule for one in found if one.what == "unexpected" and one.deed})
    if not rules or verdict.scenario.only is not None:
        return
    if all(one.what == "unexpected" for one in found):
        names = " and ".join(rules)
        is_one = len(rules) == 1
        yield (
            f"  if this test is not about {names}, add `only:` with the rules that it is about; "
            f"else say here what {'it does' if is_one else 'they do'}"
        )


def differences(verdict: TestVerdict) -> Iterator[str]:
    """What differs, a line each, for machines."""
    for found in verdict.unmet:
        for one in found.differences:
            place = one.wanted or one.because or found.seen.line
            yield f"{place.position}: {' '.join(_difference(one, verdict.scenario))}"


def _unmet(found: UnmetLine, scenario: Scenario, ruleset: Ruleset) -> Iterator[str]:
    line = found.seen.line
    yield f"  {spelled(line.at, scenario)}, line {line.position.line}"
    explained: set[str] = set()
    counts = Counter("\n".join(_difference(one, scenario)) for one in found.differences)
    for one in found.differences:
        said = "\n".join(_difference(one, scenario))
        if times := counts.pop(said, 0):
            first, *others = said.split("\n")
            yield f"    {first}{f', {times} times' if times > 1 else ''}"
            yield from (f"    {text}" for text in others)
        for rule in _nearest(one, found.seen, ruleset):
            if rule.id not in explained:
                explained.add(rule.id)
                yield from (f"      {text}" for text in _explained(rule, found.seen, scenario))


def _difference(one: Mismatch, scenario: Scenario) -> Iterator[str]:
    match one.what, one.wanted, one.deed, one.because:
        case "missing", Wanted() as wanted, _, _:
            yield f"missing     {_wanted(wanted, scenario)}"
        case "unexpected", _, PlayedDeed() as deed, _:
            yield f"unexpected  {did(deed, scenario)}"
        case "differs", _, PlayedDeed() as deed, _:
            yield f"differs     {deed.kind} {deed.name}".rstrip()
        case "because", _, _, Because() as because:
            reasons = dict.fromkeys(_reason(one, scenario) for one in one.given)
            got = "; ".join(reasons) or "no reason"
            yield f"because     {because.rule}: expected {_because(because, scenario)}, got {got}"
        case _:
            yield "answer"
    for name, expected, got in one.fields:
        right, came = spelled(expected, scenario), spelled(got, scenario)
        yield f"            {name}: expected {right}, got {came}"


def _wanted(wanted: Wanted, scenario: Scenario) -> str:
    parts = [f"{wanted.kind} {wanted.name or ', '.join(sorted(wanted.categories or ()))}".rstrip()]
    parts += [f"by {wanted.channel}"] if wanted.channel else []
    parts += [f"order {wanted.order}"] if wanted.order else []
    parts += [f"to {wanted.customer}"] if wanted.customer else []
    parts += [f"at {spelled(wanted.at, scenario)}"] if wanted.at else []
    parts += [f"{name} {spelled(value, scenario)}" for name, value in wanted.arguments.items()]
    return ", ".join(parts)


def did(deed: PlayedDeed, scenario: Scenario) -> str:
    """Something a rule did, in a line."""
    parts = [f"{deed.kind} {deed.name or ', '.join(sorted(deed.categories))}".rstrip()]
    parts += [f"by {deed.message.channel}"] if deed.message.channel else []
    parts += [f"order {deed.order}"] if deed.order else []
    parts += [f"at {spelled(deed.moment, scenario)}"]
    parts += [
        f"{name} {spelled(value, scenario)}" for name, value in sorted(deed.arguments.items())
    ]
    return f"{', '.join(parts)} · {deed.rule} ({deed.place})"


def _because(because: Because, scenario: Scenario) -> str:
    until = f" until {spelled(because.until, scenario)}" if because.until else ""
    return f"{because.reason}{f' {because.by}' if because.by else ''}{until}"


def _reason(given: GivenAnswer, scenario: Scenario) -> str:
    by = f" {given.by}" if given.by else ""
    return f"{given.reason}{by}{f' until {spelled(given.until, scenario)}' if given.until else ''}"


def _nearest(one: Mismatch, seen: Seen, ruleset: Ruleset) -> list[Rule]:
    """The rules that could have done what is missing: those of which something was heard, else the
    first.
    """
    if one.because:
        rule = ruleset.rule(one.because.rule)
        return [rule] if rule else []
    if one.wanted is None or one.deed is not None:
        return []
    able = [rule for rule in ruleset.rules.values() if _does(rule, one.wanted)]
    heard = {given.rule for given in seen.given} | {wait.rule_id for wait in seen.waiting}
    return [rule for rule in able if rule.id in heard] or able[:1]


def _does(rule: Rule, wanted: Wanted) -> bool:
    for act in rule.actions:
        match wanted.kind, act:
            case "send", Send(template=name) if name == wanted.name:
                return True
            case "call", Call(action=name) if name == wanted.name:
                return True
            case "grant", Grant(perk=name) if name == wanted.name:
                return True
            case "suppress", Suppress():
                return True
            case "emit", _ if getattr(act, "event", None) == wanted.name:
                return True
            case "set", _ if set(wanted.arguments) <= set(getattr(act, "values", ())):
                return True
    return False


def _explained(rule: Rule, seen: Seen, scenario: Scenario) -> Iterator[str]:
    """What a rule decided in the stretch, on which facts."""
    waits = [
        f"waiting until {spelled(one.due_at, scenario)}"
        for one in seen.waiting
        if one.rule_id == rule.id
    ]
    given = [one for one in seen.given if one.rule == rule.id]
    acted = [one for one in seen.acted if one.rule_id == rule.id]
    reasons = dict.fromkeys([*waits, *(_reason(one, scenario) for one in given)])
    mode = f" · {rule.conduct.mode}" if rule.conduct.mode != "live" else ""
    verdict = "; ".join(reasons) or ("acted" if acted else "has not fired")
    yield f"{rule.id}{mode} · {verdict} ({rule.position})"
    yield from dict.fromkeys(_proof(one.decision for one in given))


def _proof(decisions: Iterable[Decision | None]) -> Iterator[str]:
    for decision in decisions:
        for part in decision.proof if decision else ():
            read = ", ".join(f"{name} is {value}" for name, value in part["read"])
            yield f"  {_MARK[part['holds']]} if  {part['text']} [{read}]"


def spelled(value: Any, scenario: Scenario) -> str:
    """A value in the words of the test: moments since its start and as local time."""
    match value:
        case None:
            return "unknown"
        case bool():
            return str(value).lower()
        case datetime():
            return _moment(value, scenario)
        case Duration():
            return _length(value)
        case date():
            return value.isoformat()
        case frozenset() | set():
            return ", ".join(sorted(value))
        case tuple() | list():
            return ", ".join(str(one) for one in value) or "nothing"
        case _:
            text = " ".join(str(value).split())
            return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _length(length: Duration) -> str:
    """A length in the largest unit that it is whole in: what is reckoned comes in minutes."""
    if (exact := length.elapsed) is None:
        return str(length)
    seconds = int(exact.total_seconds())
    units: tuple[tuple[Unit, int], ...] = (("day", _DAY), ("hour", _HOUR))
    for unit, size in units:
        if seconds and seconds % size == 0 and seconds == exact.total_seconds():
            return str(Duration(Decimal(seconds // size), unit))
    return str(length)


def _moment(at: datetime, scenario: Scenario) -> str:
    """As the author of a test writes it: days where the clock shows the same time, else hours."""
    zone = ZoneInfo(scenario.zone)
    there, start = at.astimezone(zone), scenario.starts.astimezone(zone)
    local = f"{there:%Y-%m-%d %H:%M}"
    days = (there.date() - start.date()).days
    if days and there.time() == start.time():
        return f"{days} day{'s' if abs(days) > 1 else ''} ({local})"
    minutes = int((at - scenario.starts).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    length = f"{hours}h{f' {rest}m' if rest else ''}" if hours else f"{rest}m"
    return f"{'-' if minutes < 0 else ''}{length} ({local})"
