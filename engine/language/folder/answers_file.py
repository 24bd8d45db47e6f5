"""answers.yaml: decision tables, one policy for every channel."""

from collections.abc import Iterator

from engine.catalog.values import Duration, FactType
from engine.conditions import AnswerShape
from engine.conditions.operators.references import named_like
from engine.conditions.problems import Problems
from engine.language.fields import (
    Fields,
    Form,
    check_version,
    is_name,
    read_choice,
    read_text,
    read_value,
)
from engine.language.known import Known
from engine.language.nodes import Node
from engine.language.sentences.condition_nodes import read_conditions
from engine.rules.ruleset import Answer, AnswerLine

ANSWERS = Form("answers.yaml", ("version", "answers"))
ANSWER = Form("an answer", ("type", "first"), ("plus", "starts", "for", "say"))
LINE = Form("a line", ("if", "then"))
LAST_LINE = Form("a line", ("otherwise",))
ABOUT = frozenset({"order", "item", "return", "subscription", "customer"})
TYPES = {
    "days": FactType("duration"),
    **{
        kind: FactType(kind) for kind in ("duration", "money", "integer", "boolean", "text", "date")
    },
}
_ADDABLE = frozenset({"days", "money", "integer"})


def answer_nodes(node: Node | None, problems: Problems) -> dict[str, Node]:
    """The answers of the file by name; mistakes of the file itself are told here."""
    if node is None:
        return {}
    fields = ANSWERS.read(node, problems)
    check_version(fields)
    if not fields.need("answers"):
        return {}
    answers = fields.node.entries["answers"]
    if not isinstance(answers.value, dict):
        problems.add("J09", answers, "answers is a mapping from name to answer")
    for name in answers.entries:
        if not is_name(name):
            problems.add(
                "J05", answers.keys[name], f"{name} is no name: small letters, digits and _"
            )
    return {name: answer for name, answer in answers.entries.items() if is_name(name)}


def read_shapes(nodes: dict[str, Node]) -> dict[str, AnswerShape]:
    """What answers are, before their lines are read, because they may read each other."""
    silent = Problems()
    return {name: _shape(ANSWER.read(node, silent)) for name, node in nodes.items()}


def read_answers(nodes: dict[str, Node], known: Known) -> Iterator[Answer]:
    """The answers without mistakes."""
    for name, node in nodes.items():
        before = len(known.problems)
        fields = ANSWER.read(node, known.problems)
        fields.need(*ANSWER.needed)
        answer = _answer(name, fields, known)
        if len(known.problems) == before:
            yield answer


def said_by(nodes: dict[str, Node]) -> frozenset[str]:
    """The templates in whose sentences answers are said."""
    return frozenset(node.entries["say"].text for node in nodes.values() if "say" in node.entries)


def _shape(fields: Fields) -> AnswerShape:
    about = fields.choice("for", ABOUT, "order")
    return AnswerShape(
        _type(fields), about, dated=_spelled_days(fields) and fields.get("starts") is not None
    )


def _type(fields: Fields) -> FactType:
    node = fields.get("type")
    if node is None:
        return FactType("text")
    if isinstance(node.value, list):
        values = [
            text for item in node.items if (text := read_text(item, fields.problems)) is not None
        ]
        return FactType("enum", tuple(values))
    return TYPES.get(read_choice(node, "type", TYPES, fields.problems) or "", FactType("text"))


def _spelled_days(fields: Fields) -> bool:
    return (node := fields.get("type")) is not None and node.value == "days"


def _answer(name: str, fields: Fields, known: Known) -> Answer:
    shape = _shape(fields)
    lines = fields.listed("first")
    for line in lines[:-1]:
        if "otherwise" in line.entries:
            known.problems.add(
                "J03", line, "otherwise is the last line; what stands behind it is never asked"
            )
    if not lines and (empty := fields.get("first")) is not None:
        known.problems.add("J03", empty, "first needs a line")
    if lines and "otherwise" not in lines[-1].entries:
        known.problems.add(
            "J03", lines[-1], "the last line is {otherwise: …}, so that there always is an answer"
        )
    _check_sum(fields)
    first = tuple(_line(line, fields, shape, known) for line in lines)
    plus = tuple(_line(line, fields, shape, known, ends=False) for line in fields.listed("plus"))
    starts = _starts(fields, known, shape.about)
    say = _say(node, known) if (node := fields.get("say")) else None
    return Answer(name, shape.type, first, fields.node.position, plus, starts, shape.about, say)


def _say(node: Node, known: Known) -> str | None:
    """A template whose text, in the default locale at least, is the sentence that people see."""
    if (name := known.template(node)) is None:
        return None
    locale = known.policies.locale
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


def _check_sum(fields: Fields) -> None:
    node = fields.get("type")
    if fields.get("plus") is not None and node is not None and node.value not in _ADDABLE:
        fields.problems.add(
            "J09", fields.node.keys["plus"], "plus adds up days, money or integer only"
        )
    if fields.get("starts") is not None and not _spelled_days(fields):
        fields.problems.add(
            "J09", fields.node.keys["starts"], "starts belongs to an answer of type days"
        )


def _line(
    node: Node, fields: Fields, shape: AnswerShape, known: Known, *, ends: bool = True
) -> AnswerLine:
    problems = known.problems
    last = ends and "otherwise" in node.entries
    line = (LAST_LINE if last else LINE).read(node, problems)
    if not last:
        line.need(*LINE.needed)
    conditions = read_conditions(line.get("if"), known.scope(shape.about), problems)
    said = line.get("otherwise" if last else "then")
    value = None if said is None else read_value(said, shape.type, problems)
    if (
        said is not None
        and isinstance(value, Duration)
        and _spelled_days(fields)
        and value.unit != "day"
    ):
        problems.add("J09", said, f"a number of days such as 60 days, not {value}")
    return AnswerLine(conditions, value, node.position)


def _starts(fields: Fields, known: Known, about: str) -> str | None:
    if (node := fields.get("starts")) is None or (name := read_text(node, known.problems)) is None:
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
