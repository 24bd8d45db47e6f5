"""Where a sentence cannot be read: what was probably meant, or else the few words that
may follow.
"""

import re
from collections.abc import Iterable

from lark import UnexpectedInput, UnexpectedToken

from engine.catalog.calendar import WEEKDAYS
from engine.catalog.catalog import closest
from engine.catalog.currencies import CURRENCIES
from engine.catalog.values import UNITS
from engine.language.sentences.grammar import NAMED
from engine.language.sentences.parts import Fault

_MOST = 8
_MISSPELLED = {"==": "write = once", "&&": "write `and`", "||": "write `or`", "<>": "write !="}
_UPPER = frozenset({"AND", "OR", "NOT", "IN", "IS", "BETWEEN", "CONTAINS"})
_MONEY = "money is written as `80 EUR`"
_SIGNS_OF_MONEY = frozenset("$€£¥₹₩₽")
_NAMES_OF_MONEY = frozenset({"EURO", "EUROS", "DOLLAR", "DOLLARS", "RUPIAH", "RP"})
_AMOUNT = re.compile(r"\d\s*$")
# `80,50` and `1.500,50` as much of the world writes them; of three digits behind a comma nobody
# knows.
_COMMA = re.compile(r"(?<![\w.,])(\d+(?:\.\d{3})*),(\d+)(?![\d,])")
_THOUSAND = 3
_MONEY_FIRST = re.compile(r"\b([A-Za-z]{2,3})\.?\s*$")
_SCHEDULE = re.compile(r"\s*(?P<on>every|each|on)?\s*(?P<count>\d{1,4} +)?(?P<word>[a-z]+)")
_DAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)}|day \d{{1,2}})\b")
_CLOCK = re.compile(r"\b(?:[01]\d|2[0-3]):[0-5]\d\b")
_OTHER_CLOCK = re.compile(r"\bat\s+\S")
_PERIODS = {
    **dict.fromkeys(("day", "days", "daily", "morning", "evening", "night", "noon"), "day"),
    **dict.fromkeys(("week", "weeks", "weekly"), "week"),
    **dict.fromkeys(("month", "months", "monthly"), "month"),
}
_IS = re.compile(r"([a-z][\w.]*) is( not)?\s*$")
_VALUE = re.compile(r"""[\w.-]+|"[^"]*"|'[^']*'""")
_UNSTATED = frozenset({"missing", "empty", "null", "none", "unset", "undefined"})
_OF_A_FACT = frozenset({"BETWEEN", "CONTAINS", "IN", "IS", "NOT_IN", "HAPPENED"})
_OF_A_NUMBER = frozenset({"CURRENCY", "UNIT"})
_CHOICES = {"UNIT": tuple(UNITS), "PERIOD": ("day", "days", "week", "weeks", "month", "months")}
# What is left out first where a list would be too long.
_SELDOM = ("(", "*", "number of", "+ -", "happened", "not in", "a word")


def unreadable(text: str, error: UnexpectedInput) -> Fault:
    """The fault that the parser met, in words that help to mend it."""
    at = error.pos_in_stream if error.pos_in_stream is not None else len(text)
    if isinstance(error, UnexpectedToken):
        at = len(text.rstrip()) if error.token.type == "$END" else error.token.start_pos or 0
        follow = frozenset(error.accepts or error.expected)
    else:
        follow = frozenset(getattr(error, "allowed", None) or ())
    before, found = text[:at], text[at:].split(maxsplit=1)
    if schedule := _schedule(text):
        return Fault(at, "J05", schedule if found else f"the sentence stops too early; {schedule}")
    if not found:
        return Fault(at, "J05", f"the sentence stops too early{_list(before, follow)}")
    if (quote := found[0][0]) in "\"'" and quote not in text[at + 1 :]:
        return Fault(at, "J05", f"this {quote} is never closed")
    hint = (
        _spelled(text, at)
        or _comma(text, at)
        or _money(before, found[0])
        or _equal(before, text[at:])
        or _meant(found[0], follow)
    )
    here = f"{found[0][:40]} cannot stand here"
    return Fault(at, "J05", f"{here}{hint or _list(before, follow)}")


def _schedule(text: str) -> str:
    """`every monday`, `daily at 10:00`, `every week on monday` without a time of day."""
    begins = _SCHEDULE.match(text.lower())
    if begins is None:
        return ""
    word = begins["word"]
    period = "week" if word in WEEKDAYS else _PERIODS.get(word)
    if period is None or (begins["on"] == "on" and word not in WEEKDAYS):
        return ""
    if begins["on"] is None and word not in (*WEEKDAYS, "daily", "weekly", "monthly"):
        return ""
    day = _DAY.search(text.lower()) if period != "day" else None
    clock = _CLOCK.search(text)
    if clock is None and _OTHER_CLOCK.search(text):
        return ""
    spelled = f"every {begins['count'] or ''}{period}{'s' if begins['count'] else ''}"
    spelled += f" on {day[0]}" if day else ""
    spelled += f" at {clock[0] if clock else '10:00'}"
    return "" if text.startswith(spelled) else f"write `{spelled}`"


def _spelled(text: str, at: int) -> str:
    for wrong, right in _MISSPELLED.items():
        if text.startswith(wrong, at) or text.startswith(wrong, max(at - 1, 0)):
            return f" ({right})"
    word = text[at:].split(maxsplit=1)[0]
    return f" (write {word.lower()} in lower case)" if word in _UPPER else ""


def _comma(text: str, at: int) -> str:
    """`80,50 EUR`, `2,5 days`; within brackets a comma stands between values."""
    if text.count("[", 0, at) > text.count("]", 0, at):
        return ""
    for number in _COMMA.finditer(text):
        if number.start() < at and not text[number.end() : at].strip():
            whole, behind = number[1].replace(".", ""), number[2]
            grouped = (
                f" or {whole}{behind}" if len(behind) == _THOUSAND and "." not in number[1] else ""
            )
            return f"; decimals stand behind a point: write {whole}.{behind}{grouped}"
    return ""


def _money(before: str, found: str) -> str:
    """`80€`, `80 eur`, `$80`, `EUR 80`"""
    first = _MONEY_FIRST.search(before)
    is_behind = _AMOUNT.search(before) is not None and _names_money(found.rstrip(".,)]"))
    is_before = found[0].isdigit() and first is not None and _names_money(first[1])
    return f"; {_MONEY}" if found[0] in _SIGNS_OF_MONEY or is_behind or is_before else ""


def _names_money(word: str) -> bool:
    return word.upper() in CURRENCIES | _NAMES_OF_MONEY


def _equal(before: str, rest: str) -> str:
    """`customer.tier is gold`"""
    told, value = _IS.search(before), _VALUE.match(rest)
    if told is None or value is None:
        return ""
    if value[0] in _UNSTATED:
        return f"; write `{told[1]} is {'known' if told[2] else 'unknown'}`"
    if value[0] in {"in", "between"}:
        return f"; write `{told[1]} {value[0]}` without `is`"
    if value[0] == "not":
        return _equal(f"{before}not ", rest[len("not") :].lstrip())
    if value[0] == "known":
        return f"; write `{told[1]} is unknown`"
    return f"; write `{told[1]} {'!=' if told[2] else '='} {value[0]}`"


def _meant(found: str, follow: Iterable[str]) -> str:
    words = [name.lower() for name in follow if name not in NAMED and name.isalpha()]
    words += [word for name in follow for word in _CHOICES.get(name, ())]
    meant = closest(found, [word for word in words if len(word) > 1])
    return f", did you mean {meant}?" if meant and meant != found else ""


def _list(before: str, follow: frozenset[str]) -> str:
    said = sorted({NAMED.get(name, name.lower()) for name in _fitting(before, follow)})
    for seldom in _SELDOM:
        if len(said) > _MOST and seldom in said:
            said.remove(seldom)
    return f"; may follow: {' | '.join(said[:_MOST])}" if said else ""


def _fitting(before: str, follow: frozenset[str]) -> frozenset[str]:
    """Without what the parser's state would take, but nobody means at this place."""
    if _AMOUNT.search(before):
        follow = follow - _OF_A_FACT or follow
    elif len(follow) > len(_OF_A_NUMBER):
        follow -= _OF_A_NUMBER
    if before.count("(") <= before.count(")"):
        follow -= {"RPAR"}
    return follow if before.count("[") > before.count("]") else follow - {"RSQB", "COMMA"}
