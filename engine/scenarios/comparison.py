"""What was expected against what happened: a closed world, and the reasons for silence."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.catalog.calendar import local_day
from engine.catalog.values import parse_duration, parse_money
from engine.conditions.problems import Problem
from engine.language.stories.story_keys import WAITING
from engine.rules.answers import Answered
from engine.scenarios.happenings import GivenAnswer, PlayedDeed, Seen
from engine.scenarios.scenario import AnswerQuestion, Because, Expected, Scenario, Wanted

_READERS: tuple[Callable[[str], object], ...] = (
    parse_money,
    parse_duration,
    datetime.fromisoformat,
    Decimal,
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not as expected; `fields` are the name, the expected and the true value of
    what differs.
    """

    what: str
    wanted: Wanted | None = None
    deed: PlayedDeed | None = None
    because: Because | None = None
    given: tuple[GivenAnswer, ...] = ()
    fields: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class UnmetLine:
    """A line that did not come true, with every difference."""

    seen: Seen
    differences: tuple[Mismatch, ...]


@dataclass(frozen=True, slots=True)
class TestVerdict:
    """What became of a test."""

    scenario: Scenario
    unmet: tuple[UnmetLine, ...] = field(default=())

    @property
    def outcome(self) -> str:
        """`passed`, `failed`, `todo` for one that fails as announced, `unexpected` for a todo that
        passes.
        """
        if self.scenario.todo is None:
            return "failed" if self.unmet else "passed"
        return "todo" if self.unmet else "unexpected"

    @property
    def problem(self) -> Problem | None:
        """J36: a todo that passes."""
        if self.outcome != "unexpected":
            return None
        place = self.scenario.todo.position if self.scenario.todo else self.scenario.position
        return Problem(place, f"{self.scenario.name}: the test passes; take `todo` out", "J36")

    @property
    def is_good(self) -> bool:
        """Whether nothing is left to mend."""
        return self.outcome in ("passed", "todo")


def compared(scenario: Scenario, seen: Iterable[Seen]) -> TestVerdict:
    """Every line of a test against what there was to see."""
    found = (UnmetLine(one, tuple(_differences(scenario, one))) for one in seen)
    return TestVerdict(scenario, tuple(one for one in found if one.differences))


def _differences(scenario: Scenario, seen: Seen) -> Iterator[Mismatch]:
    line = seen.line
    if isinstance(line, AnswerQuestion):
        yield from _of_answer(line, seen.answered)
    elif isinstance(line, Expected):
        if line.deeds is not None:
            yield from _of_deeds(line.deeds, seen.deeds, scenario)
        for because in line.because:
            if not _holds(because, seen):
                given = tuple(one for one in seen.given if _is_about(because, one.rule, one.order))
                yield Mismatch("because", because=because, given=given)


def _of_answer(line: AnswerQuestion, answered: Answered | None) -> Iterator[Mismatch]:
    if answered is None:
        yield Mismatch("answer", fields=(("about", line.thing or "the only one there is", None),))
        return
    got = {"is": answered.value, "ends_on": answered.ends_on, "open": answered.open}
    wrong = tuple(
        (key, value, got.get(key)) for key, value in line.expected.items() if got.get(key) != value
    )
    if wrong:
        yield Mismatch("answer", fields=wrong)


def _of_deeds(
    wanted: Sequence[Wanted], deeds: Sequence[PlayedDeed], scenario: Scenario
) -> Iterator[Mismatch]:
    pairs = paired(wanted, deeds, scenario)
    missing = [one for i, one in enumerate(wanted) if i not in pairs]
    beyond = [one for i, one in enumerate(deeds) if i not in pairs.values()]
    for one in missing:
        near = next((deed for deed in beyond if _is_same(one, deed)), None)
        if near is None:
            yield Mismatch("missing", wanted=one)
            continue
        beyond.remove(near)
        yield Mismatch("differs", wanted=one, deed=near, fields=tuple(_wrong(one, near, scenario)))
    for deed in beyond:
        yield Mismatch("unexpected", deed=deed)


def paired(
    wanted: Sequence[Wanted], deeds: Sequence[PlayedDeed], scenario: Scenario
) -> dict[int, int]:
    """As many expectations as possible, each with a deed of its own (Kuhn's matching)."""
    fits = [[j for j, deed in enumerate(deeds) if _fits(one, deed, scenario)] for one in wanted]
    taken: dict[int, int] = {}

    def place(i: int, tried: set[int]) -> bool:
        for j in fits[i]:
            if j not in tried:
                tried.add(j)
                if j not in taken or place(taken[j], tried):
                    taken[j] = i
                    return True
        return False

    for i in range(len(wanted)):
        place(i, set())
    return {i: j for j, i in taken.items()}


def _fits(wanted: Wanted, deed: PlayedDeed, scenario: Scenario) -> bool:
    return _is_same(wanted, deed) and not any(_wrong(wanted, deed, scenario))


def _is_same(wanted: Wanted, deed: PlayedDeed) -> bool:
    return (wanted.kind, wanted.name) == (deed.kind, deed.name)


def _wrong(wanted: Wanted, deed: PlayedDeed, scenario: Scenario) -> Iterator[tuple[str, Any, Any]]:
    """The fields that are compared and differ: name, expected, got."""
    person = scenario.people[wanted.customer].id if wanted.customer else None
    plain: Iterable[tuple[str, Any, Any]] = (
        ("at", wanted.at, deed.moment),
        ("by", wanted.channel, deed.message.channel),
        ("order", wanted.order, deed.order),
        ("to", person, deed.customer),
        ("of", wanted.gathers, deed.message.gathers),
        ("suppress", wanted.categories, deed.categories),
    )
    for name, expected, got in plain:
        if expected is not None and expected != got:
            yield name, expected, got
    for text in wanted.says:
        if _squeezed(text) not in _squeezed(deed.message.words):
            yield "says", text, deed.message.words
    if wanted.ends is not None and not _ends(wanted.ends, deed.ends_at, scenario.zone):
        yield "ends", wanted.ends, deed.ends_at
    for name, value in wanted.arguments.items():
        if not is_equal(value, deed.arguments.get(name)):
            yield name, value, deed.arguments.get(name)


def _ends(expected: date | datetime, got: datetime | None, zone: str) -> bool:
    if got is None:
        return False
    if isinstance(expected, datetime):
        return got.replace(second=0, microsecond=0) == expected
    return local_day(got, zone) == expected


def is_equal(written: Any, got: Any) -> bool:
    """Whether a value of a test is the one that was passed, however money, lengths, times and
    numbers are spelled.
    """
    if isinstance(written, bool) or isinstance(got, bool):
        return written is got
    if written == got or (isinstance(got, str | int | float) and str(written) == str(got)):
        return True
    if isinstance(written, list) and isinstance(got, list):
        return len(written) == len(got) and all(map(is_equal, written, got))
    if isinstance(written, dict) and isinstance(got, Mapping):
        return written.keys() == got.keys() and all(
            is_equal(value, got[key]) for key, value in written.items()
        )
    if not isinstance(got, str):
        return False
    return any(_read_alike(read, str(written), got) for read in _READERS)


def _read_alike(read: Callable[[str], object], one: str, other: str) -> bool:
    try:
        return read(one) == read(other)
    except (ValueError, ArithmeticError):
        return False


def _holds(because: Because, seen: Seen) -> bool:
    if because.reason == WAITING:
        return any(
            _is_about(because, one.rule_id, one.order)
            and because.until in (None, one.due_at.replace(second=0, microsecond=0))
            for one in seen.waiting
        )
    return any(_is_given(because, one) for one in seen.given)


def _is_given(because: Because, given: GivenAnswer) -> bool:
    if not _is_about(because, given.rule, given.order) or given.reason != because.reason:
        return False
    if because.by and because.by not in (given.by, f"by {given.by}"):
        return False
    if because.until is None:
        return True
    return given.until is not None and given.until.replace(second=0, microsecond=0) == because.until


def _is_about(because: Because, rule: str, order: str | None) -> bool:
    return because.rule == rule and because.order in (None, order)


def _squeezed(text: str) -> str:
    return " ".join(text.split())
