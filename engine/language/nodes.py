"""Rule files as nodes: plain values, each with its place in the file.

YAML's events are read rather than its composed tree, because composing forgets anchors, keeps only
the last of two equal keys and recurses as deep as the file says. Plain scalars follow the YAML 1.2
core schema, but a leading zero stays text; so do `on`, `NO`, `21:00` and `2026-03-02`, which older
readers turn into something else.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.conditions.condition import Position
from engine.conditions.problems import Problems
from engine.language.yaml_mistakes import YamlPlace, begun

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,40})")
_DECIMAL = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,3})?"
)
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAB_INDENT = re.compile(r"^ *\t[ \t]*(?=\S)", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a file and where it stands; `source` is a scalar as it is written there, with its
    quotes.
    """

    value: "Scalar | list[Node] | dict[str, Node]"
    position: Position
    keys: Mapping[str, Position] = field(default_factory=dict)
    source: str = ""

    @property
    def plain(self) -> Any:
        """The value as JSON."""
        if isinstance(self.value, list):
            return [item.plain for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain for key, item in self.value.items()}
        return self.value

    @property
    def entries(self) -> "dict[str, Node]":
        """What a mapping holds; nothing for all else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> "list[Node]":
        """The items of a list; a bare value is a list of one, nothing is none."""
        if isinstance(self.value, list):
            return self.value
        return [] if self.value is None else [self]

    @property
    def text(self) -> str:
        """A scalar as text, a number as it is written."""
        return self.value if isinstance(self.value, str) else self.source

    def within(self, offset: int) -> Position:
        """The place of a character of a text; quotes, escapes and folded lines are counted."""
        written = _offset_in(self.source, self.text, offset)
        before = self.source[:written]
        lines = before.count("\n")
        start = self.position
        column = len(before) - before.rfind("\n") if lines else start.column + written
        return Position(start.file, start.line + lines, column)


def read_nodes(file: str, content: str | bytes, problems: Problems) -> Node | None:
    """The file as nodes; None if it is no YAML at all. Every mistake of form is a J01 problem, none
    is an exception.
    """
    text = decoded(file, content, problems)
    if text is None:
        return None
    builder = _Builder(file, text.splitlines(), problems)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not builder.take(event):
                return None
    except yaml.MarkedYAMLError as error:
        problems.add("J01", *begun(error, text, builder.place))
        return None
    except yaml.YAMLError as error:
        problems.add("J01", Position(file, 1, 1), f"this is not YAML: {error}")
        return None
    return builder.root or Node(None, Position(file, 1, 1))


def decoded(file: str, content: str | bytes, problems: Problems) -> str | None:
    """The text of a file with lines ending in a newline; None after a J01 problem."""
    size = (
        len(content)
        if isinstance(content, bytes)
        else len(content.encode("utf-8", "surrogatepass"))
    )
    if size > MAX_BYTES:
        problems.add(
            "J01", Position(file, 1, 1), f"the file is larger than {MAX_BYTES // 1024} KiB"
        )
        return None
    try:
        text = content if isinstance(content, str) else content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1  # type: ignore[arg-type]  # only bytes are decoded
        problems.add("J01", Position(file, line, 1), "the file is not UTF-8 text")
        return None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return None if _has_bad_characters(file, text, problems) else text


def _has_bad_characters(file: str, text: str, problems: Problems) -> bool:
    if found := yaml.reader.Reader.NON_PRINTABLE.search(text) or _SURROGATE.search(text):
        problems.add(
            "J01",
            _at(file, text, found.start()),
            f"a character that YAML forbids: {found.group()!r}",
        )
        return True
    tabs = list(_TAB_INDENT.finditer(text)) if file.endswith(".yaml") else []
    for tab in tabs:
        problems.add(
            "J01", _at(file, text, tab.start()), "indented with a tab; YAML takes spaces only"
        )
    return bool(tabs)


def _at(file: str, text: str, index: int) -> Position:
    return Position(file, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def _resolved(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _offset_in(source: str, text: str, offset: int) -> int:
    """Where in the source the character of the text stands: each is looked for behind the one
    before it.
    """
    if source.startswith(text):
        return offset
    place = source.find("\n") + 1 if source[:1] in {"|", ">"} else int(source[:1] in {"'", '"'})
    for index, character in enumerate(text[: offset + 1]):
        place = _skipped(source, place, character) + (index < offset)
    return min(place, len(source))


def _skipped(source: str, place: int, character: str) -> int:
    if character.isspace():
        return place
    found = source.find(character, place)
    return place if found < 0 else found


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    position: Position
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] | None = None
    keys: dict[str, Position] = field(default_factory=dict)
    key: str | None = None
    is_block: bool = False


class _Builder:
    """Nodes from YAML events, with a stack of its own instead of recursion."""

    def __init__(self, file: str, lines: list[str], problems: Problems) -> None:
        self._file, self._lines, self._problems = file, lines, problems
        self._stack: list[_Open] = []
        self._documents = 0
        self._last: Any = None
        self.root: Node | None = None

    @property
    def place(self) -> YamlPlace:
        """How far the file was read: the columns of what is open, and the last text."""
        columns = tuple(one.position.column for one in self._stack if one.is_block)
        return YamlPlace(self._file, columns, self._last)

    def take(self, event: Any) -> bool:
        """Whether reading can go on after this event."""
        at = Position(self._file, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            return self._document(at)
        if isinstance(event, yaml.NodeEvent):
            return self._node(event, at)
        if isinstance(event, yaml.CollectionEndEvent):
            self._close()
        return True

    def _document(self, at: Position) -> bool:
        self._documents += 1
        if self._documents > 1:
            self._problems.add("J01", at, "a second document in one file; a file holds one")
        return self._documents == 1

    def _node(self, event: Any, at: Position) -> bool:
        for message in _forbidden(event):
            self._problems.add("J01", at, message)
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self._stack) >= MAX_DEPTH:
                self._problems.add("J01", at, f"nested deeper than {MAX_DEPTH} levels")
                return False
            entries: dict[str, Node] | None = (
                {} if isinstance(event, yaml.MappingStartEvent) else None
            )
            if self._begins_with_braces(at, is_mapping=entries is not None):
                return False
            self._stack.append(_Open(at, entries=entries, is_block=not event.flow_style))
            return True
        self._place(
            Node(None, at) if isinstance(event, yaml.AliasEvent) else self._scalar(event, at)
        )
        return True

    def _begins_with_braces(self, at: Position, *, is_mapping: bool) -> bool:
        """Whether a text begins with `{{` without quotes, which YAML takes for two mappings."""
        parent = self._stack[-1] if self._stack else None
        if parent is None or not is_mapping or parent.entries is None or parent.is_block:
            return False
        start = parent.position
        if parent.keys or (start.line, start.column + 1) != (at.line, at.column):
            return False
        outer = self._stack[-2].key if len(self._stack) > 1 else None
        example = f"{outer}: " if outer else ""
        message = f'a text that begins with {{{{: put it in quotes: `{example}"{{{{ … }}}}"`'
        self._problems.add("J01", start, message)
        return True

    def _scalar(self, event: Any, at: Position) -> Node:
        self._last = event
        value = event.value if event.style else _resolved(event.value)
        if isinstance(value, str) and "\x00" in value:
            self._problems.add("J01", at, "a text cannot hold the character NUL")
        start, end = event.start_mark, event.end_mark
        if start.line == end.line and start.line < len(self._lines):
            return Node(value, at, source=self._lines[start.line][start.column : end.column])
        return Node(value, at, source="\n".join(self._source(start, end)))

    def _source(self, start: Any, end: Any) -> Iterator[str]:
        for number in range(start.line, min(end.line, len(self._lines) - 1) + 1):
            line = self._lines[number]
            stop = end.column if number == end.line else len(line)
            yield line[start.column if number == start.line else 0 : stop]

    def _close(self) -> None:
        closed = self._stack.pop()
        self._place(
            Node(
                closed.items if closed.entries is None else closed.entries,
                closed.position,
                closed.keys,
            )
        )

    def _place(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if parent.entries is None:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = self._key(node, parent)
        else:
            parent.entries[parent.key] = node
            parent.key = None

    def _key(self, node: Node, parent: _Open) -> str:
        if isinstance(node.value, list | dict):
            self._problems.add("J01", node, "a key must be a word")
            return f"?{len(parent.keys)}"
        if node.text in parent.keys:
            first = parent.keys[node.text]
            self._problems.add(
                "J01", node, f"{node.text}: this key stands here twice, first in line {first.line}"
            )
        else:
            parent.keys[node.text] = node.position
        return node.text


def _forbidden(event: Any) -> Iterator[str]:
    if isinstance(event, yaml.AliasEvent):
        yield "aliases (*) are not part of the rule language; put a text with * in quotes"
        return
    if event.anchor is not None:
        yield "anchors (&) are not part of the rule language; put a text with & in quotes"
    if getattr(event, "tag", None) is not None:
        yield "tags (!) are not part of the rule language; put a text with ! in quotes"
