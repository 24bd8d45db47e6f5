"""Sentences of rules: `when` becomes a trigger, `if` becomes JsonLogic, both with the place of every part."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from lark import Lark, Token, UnexpectedInput, v_args

from engine.catalog.currencies import decimals_of
from engine.catalog.values import UNITS
from engine.language.sentences.grammar import GRAMMAR
from engine.language.sentences.hints import unreadable
from engine.language.sentences.parts import Fault, Heard, Part, blamed, joined
from engine.language.sentences.when import Named, WhenReader

__all__ = ["Fault", "Heard", "Named", "Part", "parse_condition", "parse_event", "parse_when"]

MAX_LENGTH = 2000
MAX_DEPTH = 24
_ELEMENT = "item."
_SIGNS = {"=": "===", "!=": "!=="}
_QUANTIFIERS = {"any": "some", "every": "all", "no": "none"}


def parse_condition(text: str) -> Part | Fault:
    """The condition a sentence says, or the one fault that keeps it from being read."""
    part = _parsed(text, "condition")
    if isinstance(part, Fault):
        return part
    assert isinstance(part, Part)
    if part.depth > MAX_DEPTH:
        return Fault(part.offset, "J05", "the sentence is nested too deeply; split it into a list")
    return replace(part, faults=(*part.faults, *_bare_word(part)))


def parse_when(text: str) -> Heard | Fault:
    """The trigger a sentence says."""
    heard = _parsed(text, "when")
    assert isinstance(heard, Heard | Fault)
    return heard


def parse_event(text: str) -> Named | Fault:
    """An event as `stop_if` and `until` name it."""
    named = _parsed(text, "event")
    assert isinstance(named, Named | Fault)
    return named


def _parsed(text: str, start: str) -> Part | Heard | Named | Fault:
    if len(text) > MAX_LENGTH:
        return Fault(0, "J05", f"a sentence longer than {MAX_LENGTH} characters")
    try:
        return _PARSER.parse(text, start=start)  # type: ignore[return-value]  # the transformer makes these of the tree
    except UnexpectedInput as error:
        return unreadable(text, error)


def _bare_word(part: Part) -> tuple[Fault, ...]:
    if part.kind != "word":
        return ()
    return (Fault(part.offset, "J07", f"{part.logic} is no fact: facts have a dot", word=part.logic),)


def _alternatives(parts: tuple[Part, ...], joiner: str) -> tuple[Fault, ...]:
    """`customer.tier = gold or platinum`: a bare word after `or` belongs to the comparison before it."""
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
        return {operator: _of_element(inner) for operator, inner in logic.items()} | _element_variable(logic)
    return logic


def _element_variable(logic: dict[str, Any]) -> dict[str, Any]:
    name = logic.get("var")
    return {"var": name.removeprefix(_ELEMENT)} if isinstance(name, str) else {}


def _asked(operator: str, event: Token, more: tuple[Token | Part, ...]) -> Part:
    """What an event's history is asked: how long it goes back, then whether for all of the customer's things."""
    lengths = [part for part in more if isinstance(part, Part)]
    by_customer = [Part("customer", said.start_pos or 0) for said in more if isinstance(said, Token)]
    return joined(operator, [Part(str(event), event.start_pos or 0), *lengths, *by_customer])


def _amount(token: Token) -> int | float:
    exact = Decimal(token)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


@v_args(inline=True)
class _Reader(WhenReader):
    """What each form of the grammar means; the parser calls it as soon as it has read one."""

    def any_of(self, *parts: Part) -> Part:
        return blamed(joined("or", parts), *_alternatives(parts, "or"))

    def all_of(self, *parts: Part) -> Part:
        return blamed(joined("and", parts), *_alternatives(parts, "and"))

    def negated(self, part: Part) -> Part:
        whole = joined("!", [part])
        return blamed(replace(whole, logic={"!": part.logic}), *_bare_word(part))

    def bracketed(self, part: Part) -> Part:
        return replace(part, depth=part.depth + 1)

    def compared(self, left: Part, sign: Token, right: Part) -> Part:
        return blamed(joined(_SIGNS.get(sign, str(sign)), [left, right]), *_bare_word(left))

    def between(self, value: Part, low: Part, high: Part) -> Part:
        return blamed(joined("<=", [low, value, high], value.offset), *_bare_word(value))

    def known(self, value: Part, which: Token) -> Part:
        asked = blamed(replace(joined("known", [value]), logic={"known": value.logic}), *_bare_word(value))
        return asked if which == "known" else replace(joined("!", [asked]), logic={"!": asked.logic})

    def contains(self, within: Part, sought: Part) -> Part:
        return blamed(joined("contains", [within, sought]), *_bare_word(within))

    def items(self, *items: Part) -> Part:
        return replace(inner := joined("in", items), logic=inner.logic["in"])

    def member(self, value: Part, items: Part) -> Part:
        return blamed(joined("in", [value, items]), *_bare_word(value))

    def no_member(self, value: Part, _: Token, items: Part) -> Part:
        inner = self.member(value, items)
        return replace(joined("!", [inner]), logic={"!": inner.logic})

    def quantified(self, which: Token, name: Token, part: Part) -> Part:
        # What is nested too deeply to walk is refused as a whole.
        element = part if part.depth > MAX_DEPTH else replace(part, logic=_of_element(part.logic))
        whole = joined(_QUANTIFIERS[which], [Part({"var": str(name)}, name.start_pos or 0), element])
        return blamed(replace(whole, offset=which.start_pos or 0), *_bare_word(part))

    def within(self, length: Part) -> Part:
        return length

    def happened(self, event: Token, *more: Token | Part) -> Part:
        return _asked("happened", event, more)

    def counted(self, number: Token, event: Token, *more: Token | Part) -> Part:
        return replace(_asked("count", event, more), kind="value", offset=number.start_pos or 0)

    def counted_in(self, number: Token, name: Token, part: Part) -> Part:
        element = part if part.depth > MAX_DEPTH else replace(part, logic=_of_element(part.logic))
        counted = joined("count", [Part({"var": str(name)}, name.start_pos or 0), element])
        return replace(blamed(counted, *_bare_word(part)), kind="value", offset=number.start_pos or 0)

    def added(self, left: Part, sign: Token, right: Part) -> Part:
        return replace(self._reckoned(str(sign), left, right), kind="value")

    def multiplied(self, left: Part, right: Part) -> Part:
        return replace(self._reckoned("*", left, right), kind="value")

    def _reckoned(self, sign: str, left: Part, right: Part) -> Part:
        return blamed(joined(sign, [left, right]), *_bare_word(left), *_bare_word(right))

    def money(self, plain: Part, currency: Token) -> Part:
        part = Part({"money": [plain.logic, str(currency)]}, plain.offset)
        most = decimals_of(currency)
        if len(plain.written.partition(".")[2]) <= most:
            return part
        return blamed(part, Fault(plain.offset, "J09", f"an amount with at most {most} decimals in {currency}"))

    def duration(self, plain: Part, unit: Token) -> Part:
        return Part({"duration": [plain.logic, UNITS[" ".join(unit.split())]]}, plain.offset)

    def plain(self, number: Token) -> Part:
        return Part(_amount(number), number.start_pos or 0, written=str(number))

    def signed(self, sign: Token, number: Part) -> Part:
        return Part(-number.logic if sign == "-" else number.logic, sign.start_pos or 0)

    def boolean(self, said: Token) -> Part:
        return Part(said == "true", said.start_pos or 0)

    def text(self, token: Token) -> Part:
        return Part(str(token[1:-1]), token.start_pos or 0)

    def now(self, token: Token) -> Part:
        return Part({str(token): []}, token.start_pos or 0)

    def date(self, token: Token) -> Part:
        return Part({"date": str(token)}, token.start_pos or 0)

    def name(self, token: Token) -> Part:
        return Part({"var": str(token)}, token.start_pos or 0)

    def word(self, token: Token) -> Part:
        return Part(str(token), token.start_pos or 0, kind="word")


_PARSER = Lark(
    GRAMMAR, parser="lalr", start=["when", "event", "condition"], transformer=_Reader(), maybe_placeholders=False
)
