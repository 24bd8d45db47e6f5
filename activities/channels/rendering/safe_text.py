"""What senders write, made fit to be read: without characters that nobody sees and that turn the
words around them, and not longer than a message can bear.
"""

import re
from dataclasses import dataclass
from unicodedata import category

# Controls but tab and line feed, marks and overrides of direction (Unicode TR9), marks of byte
# order and of annotations. Joiners stay: emoji and some scripts are written with them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CUT = "…"
# General categories of Unicode: controls, formats, surrogates, and the three kinds of separators.
_EMPTY = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_FILLERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")


@dataclass(frozen=True, slots=True)
class Brevity:
    """How much a message repeats of what senders write: so many elements of a list in a loop, so
    many titles in a sentence, so many characters of one text.
    """

    elements: int
    titles: int
    characters: int


class WholeLink(str):
    """The address of a page of ours, which is never cut: of a part of it nobody has any use."""

    __slots__ = ()


# The next is tried where a message comes out too big with the one before.
BREVITIES = (Brevity(100, 10, 2000), Brevity(25, 5, 300), Brevity(5, 3, 80))


def cleaned(text: str) -> str:
    """The text with plain line ends, without blanks around it and without unseen characters."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).strip()


def cut(text: str, characters: int) -> str:
    """The text, if need be only its beginning."""
    return text if len(text) <= characters else text[: characters - 1].rstrip() + _CUT


def fitted(text: str, characters: int) -> str:
    """The text as a message shows it: cleaned and cut, but a link of ours."""
    return text if isinstance(text, WholeLink) else cut(cleaned(text), characters)


def is_blank(text: str) -> bool:
    """Whether there is nothing to read in it: blanks, controls, joiners, and letters that fill a
    place and show nothing.
    """
    return all(category(one) in _EMPTY or one in _FILLERS for one in text)
