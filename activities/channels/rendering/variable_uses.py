"""How a template uses the names it reads: what its branches and defaults make sure of, and through
which filters values go.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from jinja2 import Environment, nodes

from activities.channels.rendering.lint import dotted
from activities.channels.rendering.template_source import TemplatePart
from engine.checks.template_uses import Role, TemplateUse
from engine.conditions.condition import Position

_ORDERS = frozenset({"lt", "lteq", "gt", "gteq"})
# A value that its sender did not write has these parts together.
_TOGETHER = (".ends_on", ".open")


@dataclass(frozen=True, slots=True)
class _Place:
    """What is sure where a part of the template stands, and which variables its loops have."""

    known: frozenset[str] = frozenset()
    loops: Mapping[str, str | None] = field(default_factory=dict)

    def grants(self, name: str) -> bool:
        parts = [name]
        for end in _TOGETHER:
            parts += [name.removesuffix(end) + other for other in _TOGETHER if name.endswith(end)]
        return any(one in parts or one.startswith(f"{name}.") for one in self.known)

    def sure_of(self, names: frozenset[str]) -> "_Place":
        return replace(self, known=self.known | names)


@dataclass(frozen=True, slots=True)
class _Use:
    """How the value of an expression is used."""

    role: Role = "read"
    filter: str | None = None
    is_granted: bool = False


_READ = _Use()


def variable_uses(path: str, part: TemplatePart, environment: Environment) -> list[TemplateUse]:
    """Every use of a name in one part of a template that can be parsed."""
    lines, found = part.text.split("\n"), []
    for line, use in _in_body(environment.parse(part.text).body, _Place()):
        column = _column(lines[line - 1], use.name) if line <= len(lines) else 0
        at = Position(path, part.line + line - 1, column + 1)
        found.append(replace(use, position=at))
    return found


def _column(line: str, name: str) -> int:
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", line)
    return found.start() if found else 0


_Found = Iterator[tuple[int, TemplateUse]]
_NOWHERE = Position("", 1, 1)


def _in_body(body: Iterable[nodes.Node], place: _Place) -> _Found:
    for node in body:
        match node:
            case nodes.Output(nodes=written):
                for one in written:
                    yield from _of(one, place, _Use("written"))
            case nodes.If():
                yield from _in_branches(node, place)
            case nodes.For():
                yield from _in_loop(node, place)


def _in_branches(node: nodes.If, place: _Place) -> _Found:
    for branch in (node, *node.elif_):
        yield from _of(branch.test, place, _READ)
        yield from _in_body(branch.body, place.sure_of(_sure(branch.test, holds=True)))
        place = place.sure_of(_sure(branch.test, holds=False))
    yield from _in_body(node.else_, place)


def _in_loop(node: nodes.For, place: _Place) -> _Found:
    yield from _of(node.iter, place, _Use("looped"))
    listed = dotted(node.iter)
    targets = (
        [node.target] if isinstance(node.target, nodes.Name) else node.target.find_all(nodes.Name)
    )
    own = {one.name: listed if isinstance(node.target, nodes.Name) else None for one in targets}
    inner = replace(place, loops={**place.loops, **own, "loop": None})
    if node.test is not None:
        yield from _of(node.test, inner, _READ)
        inner = inner.sure_of(_sure(node.test, holds=True))
    yield from _in_body(node.body, inner)
    yield from _in_body(node.else_, place)


def _of(node: nodes.Node, place: _Place, use: _Use) -> _Found:
    if name := _spelled(node):
        if found := _use_of(name, place, use):
            yield node.lineno, found
        return
    match node:
        case nodes.Filter():
            yield from _filtered(node, place, use)
        case nodes.Test(node=inner):
            yield from _of(inner, place, replace(use, role="read", is_granted=True))
        case nodes.And() | nodes.Or():
            yield from _joined(node, place)
        case nodes.CondExpr():
            yield from _chosen(node, place, use)
        case _:
            inside = _Use("counted") if _counts(node) else _READ
            for child in node.iter_child_nodes():
                yield from _of(child, place, inside)


def _joined(node: nodes.And | nodes.Or, place: _Place) -> _Found:
    after = place.sure_of(_sure(node.left, holds=isinstance(node, nodes.And)))
    yield from _of(node.left, place, _READ)
    yield from _of(node.right, after, _READ)


def _chosen(node: nodes.CondExpr, place: _Place, use: _Use) -> _Found:
    yield from _of(node.test, place, _READ)
    yield from _of(node.expr1, place.sure_of(_sure(node.test, holds=True)), use)
    if node.expr2 is not None:
        yield from _of(node.expr2, place.sure_of(_sure(node.test, holds=False)), use)


def _filtered(node: nodes.Filter, place: _Place, use: _Use) -> _Found:
    if node.name == "or":
        inner = replace(use, is_granted=True)
    else:
        inner = _Use(use.role, node.name, is_granted=node.name == "titles")
    if node.node is not None:
        yield from _of(node.node, place, inner)
    for argument in node.args:
        yield from _of(argument, place, _READ)


def _use_of(name: str, place: _Place, use: _Use) -> TemplateUse | None:
    is_granted = use.is_granted or place.grants(name)
    whole, is_placed, _ = name.partition("[")
    first = whole.partition(".")[0]
    if is_placed and first in place.loops:
        return None
    if is_placed:
        return TemplateUse(_NOWHERE, name, use.role, use.filter, is_granted, whole)
    listed = place.loops.get(first)
    if listed is None and first in place.loops:
        return None
    return TemplateUse(_NOWHERE, name, use.role, use.filter, is_granted, listed)


def _spelled(node: nodes.Node) -> str | None:
    """The dotted name that an expression is, also of an element by its place
    (`order.items[0].title`); None where it is something else.
    """
    match node:
        case nodes.Getitem(node=inner, arg=nodes.Const(value=int(place))) if outer := dotted(inner):
            return f"{outer}[{place}]"
        case nodes.Getattr(node=inner, attr=attribute) if outer := _spelled(inner):
            return f"{outer}.{attribute}"
    return dotted(node)


def _counts(node: nodes.Node) -> bool:
    """Whether its operands have to be numbers."""
    match node:
        case nodes.Compare(expr=left, ops=operands):
            orders = [one for one in operands if one.op in _ORDERS]
            sides = (left, *(one.expr for one in operands))
            return bool(orders) and any(_is_number(one) for one in sides)
        case nodes.Operand(op=order, expr=right):
            return order in _ORDERS and _is_number(right)
        case nodes.Neg():
            return True
        case nodes.Add(left=left, right=right) | nodes.Sub(left=left, right=right):
            return _is_number(left) or _is_number(right)
    return False


def _is_number(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, int | float)


def _sure(test: nodes.Node, *, holds: bool) -> frozenset[str]:
    """The names of which a question makes sure that they are known, where it holds or not."""
    match test:
        case nodes.Not(node=inner):
            return _sure(inner, holds=not holds)
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            one, other = _sure(left, holds=holds), _sure(right, holds=holds)
            return one | other if isinstance(test, nodes.And) is holds else one & other
        case nodes.Test(node=inner) if holds and (name := _spelled(inner)):
            return frozenset({name})
        case nodes.Test():
            return frozenset()
    # What was compared was there, or the message would have ended with it.
    return frozenset(filter(None, map(_spelled, (test, *test.iter_child_nodes()))))
