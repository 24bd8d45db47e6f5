"""What templates write: values of the right type (J24) that are known for certain (J10).

A message whose template needs an unknown value is lost. In an essential category that is an error
(J24).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.catalog.catalog import Fact, closest
from engine.catalog.values import Duration, FactType, Kind, Money, Value
from engine.checks.checked_folder import Checks, Folder
from engine.checks.template_uses import TemplateUse
from engine.checks.texts.message_texts import LAYOUT, LINKS
from engine.checks.unknowns import compared, started, surely_known
from engine.conditions import Scope
from engine.conditions.problems import Problem
from engine.language.folder.template_parts import FOOTER
from engine.rules.rule import Argument, Arguments, Call, Rule, Send

# Which kinds a filter takes.
_TAKES: Mapping[str, frozenset[Kind]] = {
    "day": frozenset({"date", "datetime"}),
    "date": frozenset({"date", "datetime"}),
    "time": frozenset({"datetime"}),
    "money": frozenset({"money"}),
    "titles": frozenset({"list"}),
}
_UNWRITABLE: frozenset[Kind] = frozenset({"boolean", "list"})
_NUMBERS: frozenset[Kind] = frozenset({"integer", "number"})
# The only page there is for every customer.
_ALWAYS = frozenset({"links.unsubscribe"})
_LISTS_OF_THINGS = (".items", ".shipments")


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Who speaks a template: what it may read there, what it gives, and what is known for certain."""

    by: str
    scope: Scope
    is_essential: bool = False
    sure: frozenset[str] = frozenset()
    arguments: Arguments = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a use reads: its type, None if nobody knows, and whether it may be missing; what
    `is_expected` is no optional fact, yet no sender has to state it.
    """

    type: FactType | None = None
    may_miss: bool = False
    is_expected: bool = False


def check_values(folder: Folder) -> Checks:
    """J24 and J10 for every template, as each of its rules and answers speaks it."""
    for path, speaker in _spoken(folder):
        missing = set[str]()
        for use in folder.uses.get(path, ()):
            read = _reading(use, speaker, folder)
            yield from _mistyped(use, read, speaker)
            if read.may_miss and not use.is_granted and use.name not in missing:
                missing.add(use.name)
                is_error = speaker.is_essential and not read.is_expected
                yield _may_be_missing(use, speaker, "J24" if is_error else "J10")


def _spoken(folder: Folder) -> Iterator[tuple[str, _Speaker]]:
    is_essential = False
    for rule in folder.rules:
        for branch in rule.branches:
            for send in branch.actions:
                if isinstance(send, Send):
                    conditions = (*rule.conditions, *branch.conditions, *send.only_if)
                    sure = surely_known(conditions) | compared(conditions) | started(rule)
                    speaker = _of_rule(rule, send, sure, folder)
                    is_essential = is_essential or speaker.is_essential
                    yield from ((path, speaker) for path in _paths(send.template, folder))
    for answer in folder.ruleset.answers.values():
        speaker = _Speaker(f"answer {answer.name}", folder.scope(answer.about))
        yield from ((path, speaker) for path in _paths(answer.say or "", folder))
    frame = _Speaker("any message", folder.scope("customer"), is_essential)
    yield from ((path, frame) for path in folder.uses if path == LAYOUT or _is_footer(path))


def _of_rule(rule: Rule, send: Send, sure: frozenset[str], folder: Folder) -> _Speaker:
    calls = {act.name: act.results for act in rule.actions if isinstance(act, Call) and act.name}
    plain = folder.scope(rule.about)
    scope = Scope(plain.catalog, plain.about, plain.answers, calls)
    category = folder.ruleset.policies.category(send.category)
    essential = category is not None and category.essential
    return _Speaker(f"rule {rule.id}", scope, essential, sure, send.arguments)


def _paths(template: str, folder: Folder) -> list[str]:
    locales = folder.ruleset.templates.get(template, ())
    return [f"templates/{locale}/{template}.md" for locale in locales]


def _is_footer(path: str) -> bool:
    return path.endswith(f"/{FOOTER}.md")


def _mistyped(use: TemplateUse, read: _Read, speaker: _Speaker) -> Checks:
    wrong = _unknown_of_element(use, speaker) if use.listed else None
    wrong = wrong or (_mismatch(use, read.type) if read.type else None)
    if wrong:
        yield Problem(use.position, f"{wrong} ({speaker.by})", "J24")


def _may_be_missing(use: TemplateUse, speaker: _Speaker, code: str) -> Problem:
    known = f"say `or(…)` or `{{% if {use.name} is known %}}`"
    message = f"{use.name} may be missing, and then there is no message: {known} ({speaker.by})"
    return Problem(use.position, message, code)


def _reading(use: TemplateUse, speaker: _Speaker, folder: Folder) -> _Read:
    """What is read; nothing is said of what nobody knows, and of what is not there (J24 says so)."""
    if use.listed is not None:
        return _of_element(use, speaker)
    if use.name.startswith("links."):
        return (
            _Read(FactType("text"), use.name not in _ALWAYS) if use.name[6:] in LINKS else _Read()
        )
    given, _, rest = use.name.partition(".")
    if given in speaker.arguments:
        return _Read() if rest else _of_argument(speaker.arguments[given], speaker, folder)
    return _of_fact(use.name, speaker, folder)


def _of_argument(given: Argument, speaker: _Speaker, folder: Folder) -> _Read:
    if given.name is None:
        return _Read(_type_of(given.constant))
    if given.name.partition(".")[0] in speaker.scope.results:
        return _Read(speaker.scope.type(given.name))
    return _of_fact(given.name, speaker, folder)


def _of_fact(name: str, speaker: _Speaker, folder: Folder) -> _Read:
    scope = speaker.scope
    if not scope.knows(name) or (scope.unavailable(name) and speaker.by != "any message"):
        return _Read()
    if name in speaker.sure:
        return _Read(scope.type(name))
    prefix, _, rest = name.partition(".")
    if prefix in ("answer", "segment"):
        # There is always an answer, but perhaps not the day from which it counts.
        return _Read(scope.type(name), prefix == "segment" or "." in rest)
    fact = folder.ruleset.catalog.facts[name]
    if scope.owner(name) not in scope.things:
        return _Read(fact.type, may_miss=True)
    return _stated(fact)


def _stated(fact: Fact) -> _Read:
    """What reads a fact of a thing; its id is known."""
    if fact.default is not None or fact.name.endswith(".id"):
        return _Read(fact.type)
    return _Read(fact.type, may_miss=True, is_expected=not fact.optional)


def _things_in(use: TemplateUse, speaker: _Speaker) -> str | None:
    """The kind of things in the list of an element, None if nobody knows."""
    listed = use.listed or ""
    if (given := speaker.arguments.get(listed)) is not None:
        listed = given.name or ""
    if not listed.endswith(_LISTS_OF_THINGS) or listed not in speaker.scope.catalog.facts:
        return None
    return speaker.scope.element_of(listed)


def _unknown_of_element(use: TemplateUse, speaker: _Speaker) -> str | None:
    kind = _things_in(use, speaker)
    facts = speaker.scope.catalog.facts
    if kind is None or not use.key or f"{kind}.{use.key}" in facts:
        return None
    meant = closest(use.key, [one.partition(".")[2] for one in facts if one.startswith(f"{kind}.")])
    hint = f", did you mean {meant}?" if meant else f"; name {kind}.{use.key} in catalog.yaml"
    return f"{use.name}: what {use.listed} lists has no {use.key}{hint}"


def _of_element(use: TemplateUse, speaker: _Speaker) -> _Read:
    kind = _things_in(use, speaker)
    if kind is None or _unknown_of_element(use, speaker):
        return _Read()
    if not use.key:
        return _Read(FactType("list"))
    fact = speaker.scope.catalog.facts[f"{kind}.{use.key}"]
    return _Read(fact.type, may_miss=True) if use.is_placed else _stated(fact)


def _mismatch(use: TemplateUse, fact_type: FactType) -> str | None:
    name, kind = use.name, fact_type.kind
    if use.filter is not None and (takes := _TAKES.get(use.filter)) is not None:
        needed = " or ".join(sorted(takes))
        return (
            None if kind in takes else f"`{use.filter}` is for {needed}, but {name} is {fact_type}"
        )
    if use.role == "written" and kind in _UNWRITABLE and use.filter is None:
        how = "ask `{% if … %}`" if kind == "boolean" else "go through it with `{% for … %}`"
        return f"{name} is {fact_type} and cannot be written as it is: {how}"
    if use.role == "looped" and kind != "list":
        return f"{name} is {fact_type}, no list to go through"
    if use.role == "counted" and kind not in _NUMBERS:
        return f"{name} is {fact_type}, which cannot be compared or reckoned with a number"
    return None


def _type_of(value: Value) -> FactType | None:
    kinds: tuple[tuple[type, Kind], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (Money, "money"),
        (datetime, "datetime"),
        (date, "date"),
        (Duration, "duration"),
        (str, "text"),
    )
    return next((FactType(kind) for of, kind in kinds if isinstance(value, of)), None)
