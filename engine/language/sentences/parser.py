"""Sentences of rules: `when` becomes a trigger, `if` becomes JsonLogic, both with the place of
every part.
"""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

from lark import Lark, Token, UnexpectedInput, v_args

from engine.catalog.currencies import decimals_of
from engine.catalog.values import UNITS
from engine.language.sentences.grammar import GRAMMAR
from engine.language.sentences.hints import unreadable
from engine.language.sentences.parts import EventPhrase, Fault, SentencePart, blamed, joined
from engine.language.sentences.when import NamedEvent, WhenReader

__all__ = [
    "EventPhrase",
    "Fault",
    "NamedEvent",
    "SentencePart",
    "parse_condition",
    "parse_event",
    "parse_when",
]

MAX_LENGTH = 2000
MAX_DEPTH = 24
_ELEMENT = "item."
_SIGNS = {"=": "===", "!=": "!=="}
_QUANTIFIERS = {"any": "some", "every": "all", "no": "none"}


def parse_condition(text: str) -> SentencePart | Fault:
    """The condition a sentence says, or the one fault that keeps it from being read."""
    part = _parsed(text, "condition")
    if isinstance(part, Fault):
        return part
    assert isinstance(part, SentencePart)
    if part.depth > MAX_DEPTH:
        return Fault(part.offset, "J05", "the sentence is nested too deeply; split it into a list")
    return replace(part, faults=(*part.faults, *_bare_word(part)))


def parse_when(text: str) -> EventPhrase | Fault:
    """The trigger a sentence says."""
    heard = _parsed(text, "when")
    assert isinstance(heard, EventPhrase | Fault)
    return heard


def parse_event(text: str) -> NamedEvent | Fault:
    """An event as `stop_if` and `until` name it."""
    named = _parsed(text, "event")
    assert isinstance(named, NamedEvent | Fault)
    return named


def _parsed(text: str, start: str) -> SentencePart | EventPhrase | NamedEvent | Fault:
    if len(text) > MAX_LENGTH:
        return Fault(0, "J05", f"a sentence longer than {MAX_LENGTH} characters")
    try:
        return _parser().parse(text, start=start)  # type: ignore[return-value]  # the transformer makes these of the tree
    except UnexpectedInput as error:
        return unreadable(text, error)


def _bare_word(part: SentencePart) -> tuple[Fault, ...]:
    if part.kind != "word":
        return ()
    return (
        Fault(part.offset, "J07", f"{part.logic} is no fact: facts have a dot", word=part.logic),
    )


def _alternatives(parts: tuple[SentencePart, ...], joiner: str) -> tuple[Fault, ...]:
    """`customer.tier = gold or platinum`: a bare word after `or` belongs to the comparison before
    it.
    """
    faults: list[Fault] = []
    for before, part in pairwise(parts):
        if part.kind != "word":
            continue
        message = f"{part.logic} after `{joiner}` is not a condition"
        match before.logic:
            case {"===": [{"var": str(name)}, str(first)]}:
                message += f"; write `{name} in [{first}, {part.logic}]`"
            case _:
                message += f"; for one of several words write `in [gold, {part.logic}]`"
        faults.append(Fault(part.offset, "J09", message))
    return (*_bare_word(parts[0]), *faults)


def _of_element(logic: Any) -> Any:
    """Names of `item.` inside a quantifier belong to the element and lose their prefix."""
    if isinstance(logic, list):
        return [_of_element(inner) for inner in logic]
    if isinstance(logic, dict):
        return {
            operator: _of_element(inner) for operator, inner in logic.items()
        } | _element_variable(logic)
    return logic


def _element_variable(logic: dict[str, Any]) -> dict[str, Any]:
    name = logic.get("var")
    return {"var": name.removeprefix(_ELEMENT)} if isinstance(name, str) else {}


def _history(operator: str, event: Token, more: tuple[Token | SentencePart, ...]) -> SentencePart:
    """What an event's history is asked: how long it goes back, then whether for all of the
    customer's things.
    """
    lengths = [part for part in more if isinstance(part, SentencePart)]
    by_customer = [
        SentencePart("customer", said.start_pos or 0) for said in more if isinstance(said, Token)
    ]
    return joined(
        operator, [SentencePart(str(event), event.start_pos or 0), *lengths, *by_customer]
    )


def _amount(token: Token) -> int | float:
    exact = Decimal(token)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


@v_args(inline=True)
class _Reader(WhenReader):
    """What each form of the grammar means; the parser calls it as soon as it has read one."""

    def any_of(self, *parts: SentencePart) -> SentencePart:
        return blamed(joined("or", parts), *_alternatives(parts, "or"))

    def all_of(self, *parts: SentencePart) -> SentencePart:
        return blamed(joined("and", parts), *_alternatives(parts, "and"))

    def negated(self, part: SentencePart) -> SentencePart:
        whole = joined("!", [part])
        return blamed(replace(whole, logic={"!": part.logic}), *_bare_word(part))

    def bracketed(self, part: SentencePart) -> SentencePart:
        return replace(part, depth=part.depth + 1)

    def compared(self, left: SentencePart, sign: Token, right: SentencePart) -> SentencePart:
        return blamed(joined(_SIGNS.get(sign, str(sign)), [left, right]), *_bare_word(left))

    def between(self, value: SentencePart, low: SentencePart, high: SentencePart) -> SentencePart:
        return blamed(joined("<=", [low, value, high], value.offset), *_bare_word(value))

    def known(self, value: SentencePart, which: Token) -> SentencePart:
        asked = blamed(
            replace(joined("known", [value]), logic={"known": value.logic}), *_bare_word(value)
        )
        return (
            asked if which == "known" else replace(joined("!", [asked]), logic={"!": asked.logic})
        )

    def contains(self, within: SentencePart, sought: SentencePart) -> SentencePart:
        return blamed(joined("contains", [within, sought]), *_bare_word(within))

    def items(self, *items: SentencePart) -> SentencePart:
        return replace(inner := joined("in", items), logic=inner.logic["in"])

    def member(self, value: SentencePart, items: SentencePart) -> SentencePart:
        return blamed(joined("in", [value, items]), *_bare_word(value))

    def no_member(self, value: SentencePart, _: Token, items: SentencePart) -> SentencePart:
        inner = self.member(value, items)
        return replace(joined("!", [inner]), logic={"!": inner.logic})

    def quantified(self, which: Token, name: Token, part: SentencePart) -> SentencePart:
        # What is nested too deeply to walk is refused as a whole.
        element = part if part.depth > MAX_DEPTH else replace(part, logic=_of_element(part.logic))
        whole = joined(
            _QUANTIFIERS[which], [SentencePart({"var": str(name)}, name.start_pos or 0), element]
        )
        return blamed(replace(whole, offset=which.start_pos or 0), *_bare_word(part))

    def within(self, length: SentencePart) -> SentencePart:
        return length

    def happened(self, event: Token, *more: Token | SentencePart) -> SentencePart:
        return _history("happened", event, more)

    def counted(self, number: Token, event: Token, *more: Token | SentencePart) -> SentencePart:
        return replace(_history("count", event, more), kind="value", offset=number.start_pos or 0)

    def counted_in(self, number: Token, name: Token, part: SentencePart) -> SentencePart:
        element = part if part.depth > MAX_DEPTH else replace(part, logic=_of_element(part.logic))
        counted = joined("count", [SentencePart({"var": str(name)}, name.start_pos or 0), element])
        return replace(
            blamed(counted, *_bare_word(part)), kind="value", offset=number.start_pos or 0
        )

    def added(self, left: SentencePart, sign: Token, right: SentencePart) -> SentencePart:
        return replace(self._reckoned(str(sign), left, right), kind="value")

    def multiplied(self, left: SentencePart, right: SentencePart) -> SentencePart:
        return replace(self._reckoned("*", left, right), kind="value")

    def _reckoned(self, sign: str, left: SentencePart, right: SentencePart) -> SentencePart:
        return blamed(joined(sign, [left, right]), *_bare_word(left), *_bare_word(right))

    def money(self, plain: SentencePart, currency: Token) -> SentencePart:
        part = SentencePart({"money": [plain.logic, str(currency)]}, plain.offset)
        most = decimals_of(currency)
        if len(plain.written.partition(".")[2]) <= most:
            return part
        return blamed(
            part,
            Fault(plain.offset, "J09", f"an amount with at most {most} decimals in {currency}"),
        )

    def duration(self, plain: SentencePart, unit: Token) -> SentencePart:
        return SentencePart(
            {"duration": [plain.logic, UNITS[" ".join(unit.split())]]}, plain.offset
        )

    def plain(self, number: Token) -> SentencePart:
        return SentencePart(_amount(number), number.start_pos or 0, written=str(number))

    def signed(self, sign: Token, number: SentencePart) -> SentencePart:
        return SentencePart(-number.logic if sign == "-" else number.logic, sign.start_pos or 0)

    def boolean(self, said: Token) -> SentencePart:
        return SentencePart(said == "true", said.start_pos or 0)

    def text(self, token: Token) -> SentencePart:
        return SentencePart(str(token[1:-1]), token.start_pos or 0)

    def now(self, token: Token) -> SentencePart:
        return SentencePart({str(token): []}, token.start_pos or 0)

    def date(self, token: Token) -> SentencePart:
        return SentencePart({"date": str(token)}, token.start_pos or 0)

    def name(self, token: Token) -> SentencePart:
        return SentencePart({"var": str(token)}, token.start_pos or 0)

    def word(self, token: Token) -> SentencePart:
        return SentencePart(str(token), token.start_pos or 0, kind="word")


@cache
def _parser() -> Lark:
    """Made when the first sentence is read: its tables take a tenth of a second."""
    return Lark(
        GRAMMAR,
        parser="lalr",
        start=["when", "event", "condition"],
        transformer=_Reader(),
        maybe_placeholders=False,
    )
