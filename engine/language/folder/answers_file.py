"""answers.yaml: decision tables, one policy for every channel."""

from collections.abc import Iterator, Sequence

from engine.catalog.values import Duration, FactType, Value
from engine.conditions import AnswerShape
from engine.conditions.operators.references import named_like
from engine.conditions.problems import Problems
from engine.language.folder.answer_keys import (
    TYPES,
    AnswerKeys,
    AnswerLineKeys,
    AnswersFile,
    LastAnswerLineKeys,
)
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.plain_values import is_name, no_name, read_choice, read_text, read_value
from engine.language.sentences.condition_nodes import read_conditions
from engine.rules.ruleset import Answer, AnswerLine

_ADDABLE = frozenset({"days", "money", "integer"})


def answer_nodes(node: Node | None, problems: Problems) -> dict[str, Node]:
    """The answers of the file by name; mistakes of the file itself are told here."""
    if node is None:
        return {}
    file = AnswersFile(node, problems)
    file.is_complete()
    if (answers := file.answers) is None:
        return {}
    if not isinstance(answers.value, dict):
        problems.add("J09", answers, "answers is a mapping from name to answer")
    for name in answers.entries:
        if not is_name(name, problems):
            problems.add("J05", answers.keys[name], no_name(name))
    return {name: answer for name, answer in answers.entries.items() if is_name(name, problems)}


def read_shapes(nodes: dict[str, Node]) -> dict[str, AnswerShape]:
    """What answers are, before their lines are read, because they may read each other."""
    silent = Problems()
    return {name: _shape(AnswerKeys(node, silent)) for name, node in nodes.items()}


def read_answers(nodes: dict[str, Node], known: Known) -> Iterator[Answer]:
    """The answers without mistakes."""
    for name, node in nodes.items():
        before = len(known.problems)
        keys = AnswerKeys(node, known.problems)
        keys.need()
        answer = _answer(name, keys, known)
        if len(known.problems) == before:
            yield answer


def said_by(nodes: dict[str, Node]) -> frozenset[str]:
    """The templates in whose sentences answers are said."""
    return frozenset(node.entries["say"].text for node in nodes.values() if "say" in node.entries)


def _shape(keys: AnswerKeys) -> AnswerShape:
    about = keys.for_ or "order"
    return AnswerShape(_type(keys), about, dated=_is_of_days(keys) and keys.starts is not None)


def _type(keys: AnswerKeys) -> FactType:
    if (node := keys.type) is None:
        return FactType("text")
    if isinstance(node.value, list):
        values = [
            text for item in node.items if (text := read_text(item, keys.problems)) is not None
        ]
        return FactType("enum", tuple(values))
    return TYPES.get(read_choice(node, "type", TYPES, keys.problems) or "", FactType("text"))


def _is_of_days(keys: AnswerKeys) -> bool:
    return (node := keys.type) is not None and node.value == "days"


def _answer(name: str, keys: AnswerKeys, known: Known) -> Answer:
    shape, lines = _shape(keys), keys.first or ()
    _check_lines(keys, lines)
    _check_sum(keys)
    first = tuple(_line(line, keys, shape, known) for line in lines)
    plus = tuple(_added(line, keys, shape, known) for line in keys.plus or ())
    starts = _starts(keys.starts, known, shape.about)
    say = _say(node, known) if (node := keys.say) else None
    return Answer(name, shape.type, first, keys.node.position, plus, starts, shape.about, say)


def _check_lines(keys: AnswerKeys, lines: Sequence[Node]) -> None:
    for line in lines[:-1]:
        if "otherwise" in line.entries:
            message = "otherwise is the last line; what stands behind it is never asked"
            keys.problems.add("J03", line, message)
    if not lines and "first" in keys:
        keys.wrong("J03", "first", "first needs a line")
    if lines and "otherwise" not in lines[-1].entries:
        message = "the last line is {otherwise: …}, so that there always is an answer"
        keys.problems.add("J03", lines[-1], message)


def _say(node: Node, known: Known) -> str | None:
    """A template whose text, in the default locale at least, is the sentence that people see."""
    if (name := known.template(node)) is None:
        return None
    locale = known.policies.shop.locale
    parts = known.templates[name].get(locale)
    if parts is None:
        known.problems.add(
            "J24", node, f"template {name} is missing in {locale}, the default locale"
        )
    elif parts and "email" not in parts:
        known.problems.add(
            "J24", node, f"template {name} has no text below its second ---, which is the sentence"
        )
    return name


def _check_sum(keys: AnswerKeys) -> None:
    if "plus" in keys and keys.type is not None and keys.type.value not in _ADDABLE:
        keys.misplaced("J09", "plus", "plus adds up days, money or integer only")
    if "starts" in keys and not _is_of_days(keys):
        keys.misplaced("J09", "starts", "starts belongs to an answer of type days")


def _line(node: Node, keys: AnswerKeys, shape: AnswerShape, known: Known) -> AnswerLine:
    if "otherwise" not in node.entries:
        return _added(AnswerLineKeys(node, known.problems), keys, shape, known)
    last = LastAnswerLineKeys(node, known.problems)
    return AnswerLine((), _value(last.otherwise, keys, shape), node.position)


def _added(line: AnswerLineKeys, keys: AnswerKeys, shape: AnswerShape, known: Known) -> AnswerLine:
    line.need()
    conditions = read_conditions(line.if_, known.scope(shape.about), known.problems)
    return AnswerLine(conditions, _value(line.then, keys, shape), line.node.position)


def _value(node: Node | None, keys: AnswerKeys, shape: AnswerShape) -> Value:
    if node is None:
        return None
    value = read_value(node, shape.type, keys.problems)
    if isinstance(value, Duration) and _is_of_days(keys) and value.unit != "day":
        keys.problems.add("J09", node, f"a number of days such as 60 days, not {value}")
    return value


def _starts(node: Node | None, known: Known, about: str) -> str | None:
    if node is None or (name := read_text(node, known.problems)) is None:
        return None
    scope = known.scope(about)
    kind = scope.type(name)
    if kind is None:
        meant = named_like(name, scope.names)
        known.problems.add(
            "J07", node, f"unknown fact {name}" + (f", did you mean {meant}?" if meant else "")
        )
    elif why := scope.unavailable(name):
        known.problems.add("J08", node, why)
    elif kind.kind not in {"date", "datetime"}:
        known.problems.add("J09", node, f"{name} is {kind}, not a date")
    return name
