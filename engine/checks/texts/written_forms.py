"""Templates that come out otherwise than they are written (J47), and languages into which only a
part of them is translated (J48).
"""

import re
from collections.abc import Iterator

from engine.checks.checked_folder import Checks, Folder
from engine.checks.texts.message_texts import LAYOUT
from engine.conditions.condition import Position
from engine.conditions.problems import Problem
from engine.language.folder.template_parts import FOOTER, PATH
from engine.rules.rule import Send

_FRONT = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HTML = re.compile(r"</?[A-Za-z][^<>]*>|<!--")
# A picture or a link in Markdown; a picture in the layout.
_ADDRESS = re.compile(r"(!?)\[[^\]]*\]\(\s*([^)\s]*)")
_SOURCE = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"(?:https?:|mailto:|tel:|sms:|cid:|data:|#|\{\{)", re.IGNORECASE)
_END = re.compile(r"\s*\{%-?\s*end(?:for|if)\s*-?%\}\s*")
_TAG = re.compile(r"\s*\{%.*%\}\s*")
# What a line below belongs to unless a blank line stands between.
_GOES_ON = re.compile(r"\s*(?:[-*+>]|\d+[.)])\s")


def check_forms(folder: Folder) -> Checks:
    """J47: HTML, addresses that begin nowhere, and lines that join the list above them."""
    for path, text in folder.ruleset.files.items():
        if path == LAYOUT:
            found = _places(_SOURCE, text, 1)
            yield from (_nowhere(path, line, at) for line, at in found if not _ABSOLUTE.match(at))
        elif PATH.fullmatch(path):
            above, body = _body(text)
            for line, message in (*_marks(body), *_addresses(body), *_joined(body)):
                yield Problem(Position(path, above + line, 1), message, "J47")


def _body(text: str) -> tuple[int, str]:
    """How many lines stand above the text of the mail, and that text."""
    front = _FRONT.match(text)
    end = front.end() if front else 0
    return text[:end].count("\n"), text[end:]


def _marks(body: str) -> Iterator[tuple[int, str]]:
    # What is filled in keeps its length, so that lines and columns stay.
    plain = _FILLED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), body)
    for found in _HTML.finditer(plain):
        message = f"{found[0]} is written as it stands: a mail is Markdown, `**so**`, and its frame is layout.html"
        yield plain.count("\n", 0, found.start()) + 1, message


def _addresses(body: str) -> Iterator[tuple[int, str]]:
    for line, address in _places(_ADDRESS, body, 2):
        if address and not _ABSOLUTE.match(address):
            yield line, _where(address)


def _nowhere(path: str, line: int, address: str) -> Problem:
    return Problem(Position(path, line, 1), _where(address), "J47")


def _where(address: str) -> str:
    return f"{address} leads nowhere from a mail: write the whole address, with https://"


def _places(pattern: re.Pattern[str], text: str, group: int) -> list[tuple[int, str]]:
    return [
        (text.count("\n", 0, found.start()) + 1, found[group]) for found in pattern.finditer(text)
    ]


def _joined(body: str) -> Iterator[tuple[int, str]]:
    lines = body.split("\n")
    for index, line in enumerate(lines[:-1]):
        below = lines[index + 1]
        if not _END.fullmatch(line) or not below.strip() or _TAG.fullmatch(below):
            continue
        above = next((one for one in reversed(lines[:index]) if not _TAG.fullmatch(one)), "")
        if _GOES_ON.match(above) and not _GOES_ON.match(below):
            yield index + 2, "this line joins the list above it: put a blank line between"


def check_languages(folder: Folder) -> Checks:
    """J48: whoever reads a language of which a template is missing gets that one in another."""
    used, default = _used(folder), folder.ruleset.policies.shop.locale
    templates = folder.ruleset.templates
    locales = {locale for name in used for locale in templates.get(name, ())} - {default}
    for locale in sorted(locales):
        lacking = sorted(name for name in used if locale not in templates.get(name, (locale,)))
        if lacking:
            begun = min(name for name in used if locale in templates.get(name, ()))
            message = f"{locale} has no {', '.join(lacking)}: its readers get them in {default}"
            yield Problem(Position(f"templates/{locale}/{begun}.md", 1, 1), message, "J48")
    for name in sorted(used):
        yield from _lacking_parts(name, folder)


def _lacking_parts(name: str, folder: Folder) -> Checks:
    parts_in, default = folder.ruleset.templates.get(name, {}), folder.ruleset.policies.shop.locale
    for locale, parts in parts_in.items():
        if lacking := sorted(parts_in.get(default, frozenset()) - parts):
            message = (
                f"{locale} has no part for {', '.join(lacking)}: its readers get it in {default}"
            )
            yield Problem(Position(f"templates/{locale}/{name}.md", 1, 1), message, "J48")


def _used(folder: Folder) -> set[str]:
    """Every template that a rule, an answer or the digest speaks, and the footer where there is
    one.
    """
    used = {one.template for rule in folder.rules for one in rule.actions if isinstance(one, Send)}
    used |= {one.say for one in folder.ruleset.answers.values() if one.say}
    if digest := folder.ruleset.policies.digest:
        used.add(digest.template)
    return used | ({FOOTER} if FOOTER in folder.ruleset.templates else set())
