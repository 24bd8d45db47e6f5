"""A test file that expects what happened: each line that did not come true is written anew, all
else stays as it is, comments too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine.scenarios.comparison import TestVerdict, UnmetLine, paired
from engine.scenarios.files.scenario_yaml import flow
from engine.scenarios.happenings import PlayedDeed
from engine.scenarios.scenario import AnswerQuestion, Because, Expected, Scenario

_NOTHING = "nothing"
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a file and what stands there instead; `above` are comments that it held."""

    start: int
    end: int
    text: str
    above: tuple[str, ...] = ()


def accepted(text: str, verdicts: Iterable[TestVerdict]) -> str:
    """The file with the new expectations; `verdicts` are those of its tests. What cannot be said in
    one way only, a reason where none or several were given, is left for a person.
    """
    source = _Source(text)
    edits = {
        edit.start: edit
        for verdict in verdicts
        if verdict.outcome == "failed"
        for line in verdict.unmet
        for edit in source.edits(line, verdict.scenario)
    }
    for _, edit in sorted(edits.items(), reverse=True):
        text = _applied(text, edit)
    return text


def _applied(text: str, edit: Edit) -> str:
    text = text[: edit.start] + edit.text + text[edit.end :]
    begin = text.rfind("\n", 0, edit.start) + 1
    line = text[begin : edit.start]
    indent = " " * (len(line) - len(line.lstrip()))
    return text[:begin] + "".join(f"{indent}{one}\n" for one in edit.above) + text[begin:]


class _Source:
    """A test file as nodes with their places in its text."""

    def __init__(self, text: str) -> None:
        self._text = text
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        nodes = list(_walk(root)) if root else []
        self._nodes = {_place(node): node for node in nodes}
        self._maps = {_place(node): node for node in nodes if isinstance(node, yaml.MappingNode)}

    def edits(self, unmet: UnmetLine, scenario: Scenario) -> Iterator[Edit]:
        """What to write for a line that did not come true."""
        line = unmet.seen.line
        keys = _keys(self._maps.get((line.position.line, line.position.column)))
        if isinstance(line, AnswerQuestion):
            yield from self._answer(keys, unmet)
        elif isinstance(line, Expected):
            if any(one.what != "because" for one in unmet.differences) and "expect" in keys:
                yield self._deeds(*keys["expect"], unmet, scenario)
            for one in unmet.differences:
                if one.because and (edit := self._because(one.because, unmet, scenario)):
                    yield edit

    def _answer(self, keys: Mapping[str, Any], unmet: UnmetLine) -> Iterator[Edit]:
        compared = _keys(keys["expect"][1]) if "expect" in keys else {}
        for difference in unmet.differences:
            for name, _, got in difference.fields:
                if name in compared:
                    node = compared[name][1]
                    yield Edit(node.start_mark.index, node.end_mark.index, flow(_plain(got)))

    def _deeds(
        self, key: yaml.Node, value: yaml.Node, unmet: UnmetLine, scenario: Scenario
    ) -> Edit:
        line = unmet.seen.line
        assert isinstance(line, Expected)
        wanted, deeds = line.deeds or (), unmet.seen.deeds
        pairs = paired(wanted, deeds, scenario)
        places = Counter((one.position.line, one.position.column) for one in wanted)
        held = Counter((wanted[i].position.line, wanted[i].position.column) for i in pairs)
        kept = [at for at in places if held[at] == places[at]]
        of_kept = {
            j
            for i, j in pairs.items()
            if (wanted[i].position.line, wanted[i].position.column) in kept
        }
        new = Counter(
            flow(_spelled(deed, scenario)) for j, deed in enumerate(deeds) if j not in of_kept
        )
        items = [self._written(self._maps[at]) for at in kept]
        items += [f"{one[:-1]}, times: {n}}}" if n > 1 else one for one, n in new.items()]
        start, end = key.end_mark.index, _end(value)
        comments = _COMMENT.findall(self._text[start:end]) if "\n" in self._text[start:end] else []
        text = f": [{', '.join(items)}]" if items else f": {_NOTHING}"
        return Edit(start, end, text, tuple(comments))

    def _written(self, node: yaml.Node) -> str:
        """An item as it stands; one on lines of its own is written in one line."""
        text = self._text[node.start_mark.index : node.end_mark.index]
        is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        if not is_block and "\n" not in text:
            return text
        return flow(yaml.load(_dedented(text, node), Loader=yaml.BaseLoader))  # noqa: S506  # texts only

    def _because(self, because: Because, unmet: UnmetLine, scenario: Scenario) -> Edit | None:
        node = self._nodes.get((because.position.line, because.position.column))
        reasons = dict.fromkeys(_reasons(because, unmet, scenario))
        if node is None or len(reasons) != 1:
            return None
        return Edit(node.start_mark.index, node.end_mark.index, flow(next(iter(reasons))))


def _walk(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    for inner in node.value if isinstance(node.value, list) else ():
        for one in inner if isinstance(inner, tuple) else (inner,):
            yield from _walk(one)


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _keys(node: yaml.Node | None) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: (key, value) for key, value in node.value}


def _end(node: yaml.Node) -> int:
    """Where a value truly ends: a block reaches up to whatever comes next."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _dedented(text: str, node: yaml.Node) -> str:
    """The lines of an item, of which the first has lost what stands before it."""
    return " " * node.start_mark.column + text


def _spelled(deed: PlayedDeed, scenario: Scenario) -> dict[str, Any]:
    """A deed as a test expects it: its name, and what tells it from others of the name."""
    what: Any = deed.name
    if deed.kind == "suppress":
        what = sorted(deed.categories)
    elif deed.kind == "set":
        what = dict(deed.arguments)
    found = {deed.kind: what}
    if deed.message.channel:
        found["by"] = deed.message.channel
    if deed.order and len(scenario.orders) > 1 and deed.order in scenario.orders:
        found["order"] = deed.order
    return found


def _reasons(because: Because, unmet: UnmetLine, scenario: Scenario) -> Iterator[str]:
    """Every reason that was given, and every wait, as a test says them."""
    zone = ZoneInfo(scenario.zone)

    def until(at: datetime | None) -> str:
        return f" until {at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""

    for one in unmet.seen.waiting:
        if one.rule_id == because.rule and because.order in (None, one.order):
            yield f"waiting{until(one.due_at)}"
    for given in unmet.seen.given:
        if given.rule == because.rule and because.order in (None, given.order):
            by = f" {given.by}" if given.by else ""
            yield f"{given.reason}{by}{until(given.until)}"


def _plain(value: Any) -> Any:
    return "unknown" if value is None else value if isinstance(value, bool | int) else str(value)
