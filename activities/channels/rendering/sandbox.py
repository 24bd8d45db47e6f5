"""Jinja as templates see it: named values and six filters, nothing else of Python.

Every loop over a list is cut where the list is long, and says how many more there are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from activities.channels.rendering.localized import Passage, Words, is_known, otherwise

MAX_DEPTH = 50
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
# How the context of one rendering carries its reader; no template can read a name that begins with
# an underscore.
WORDS, ESCAPE = "_words", "_escape"
_SPOKEN = ("day", "date", "time", "money", "titles")
# What every loop is given and followed by; no template can name them either.
_SHORTENED, _REST = "_shortened", "_rest"
# The messages of a digest were chosen by us: each of them has to be in it.
_OURS = "digest"


class Sandbox(ImmutableSandboxedEnvironment):
    """Dots and brackets find keys of mappings only, so `order.items` is the items and no object
    shows an attribute.
    """

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=StrictUndefined,
            finalize=_speak,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.globals.clear()
        self.filters.clear()
        self.filters.update({name: _spoken(name) for name in _SPOKEN}, **{"or": otherwise})
        self.filters.update({_SHORTENED: _spoken("shortened"), _REST: _spoken("rest")})
        self.tests.clear()
        self.tests.update(known=is_known, defined=is_known)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """The tree of a template that is not nested deeper than anybody writes: what reads a tree
        calls itself for each level.
        """
        try:
            tree = super()._parse(source, name, filename)
        except RecursionError:
            raise TemplateSyntaxError(_TOO_DEEP, 1, name, filename) from None
        if (line := _too_deep(tree)) is not None:
            raise TemplateSyntaxError(_TOO_DEEP, line, name, filename)
        return tree

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002  # as Jinja calls it
    ) -> str:
        """The code of a template; what authors wrote is read before, by `parse`."""
        _cut_loops(source)
        return super()._generate(source, name, filename, defer_init)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The key of a mapping; unknown of anything else. What is unknown has only
        unknown parts.
        """
        if isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The key of a mapping or the place in a list."""
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        is_place = (
            isinstance(obj, Sequence) and not isinstance(obj, str) and isinstance(argument, int)
        )
        if is_place and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(hint=f"{argument!r} is unknown")


def _too_deep(tree: nodes.Template) -> int | None:
    """The line of the first part that lies deeper than `MAX_DEPTH`."""
    level: list[nodes.Node] = [tree]
    for _ in range(MAX_DEPTH):
        level = [inner for node in level for inner in node.iter_child_nodes()]
    return level[0].lineno if level else None


@pass_context
def _speak(context: Context, value: Any) -> Any:
    if isinstance(value, Passage | Markup):
        return value
    words: Words = context.parent[WORDS]
    escape: Callable[[str], str] = context.parent[ESCAPE]
    return escape(words.speak(value))


def _spoken(name: str) -> Callable[[Context, Any], Any]:
    @pass_context
    def speak(context: Context, value: Any) -> Any:
        return getattr(context.parent[WORDS], name)(value)

    return speak


def _cut_loops(node: nodes.Node) -> None:
    """Give every loop a shortened list, and put behind it how many elements were left out."""
    for name in node.fields:
        inner = getattr(node, name)
        if isinstance(inner, list):
            setattr(node, name, [after for one in inner for after in _cut_loop(one)])
    for child in node.iter_child_nodes():
        _cut_loops(child)


def _cut_loop(node: Any) -> list[nodes.Node]:
    if not isinstance(node, nodes.For) or _is_ours(node.iter):
        return [node]
    whole, line = cast("nodes.Expr", node.iter), node.lineno
    node.iter = _filtered(whole, _SHORTENED)
    if node.test is not None:  # how many of the rest it would have passed over is not known
        return [node]
    rest: list[nodes.Expr] = [_filtered(whole, _REST)]
    if _ends_a_line(node):
        rest.append(nodes.TemplateData("\n", lineno=line))
    said = nodes.Output(rest, lineno=line)
    return [node, nodes.If(_filtered(whole, _REST), [said], [], [], lineno=line)]


def _is_ours(listed: nodes.Node) -> bool:
    return any(one.name == _OURS for one in listed.find_all(nodes.Name))


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _ends_a_line(loop: nodes.For) -> bool:
    last = loop.body[-1] if loop.body else None
    text = last.nodes[-1] if isinstance(last, nodes.Output) and last.nodes else None
    return isinstance(text, nodes.TemplateData) and text.data.endswith("\n")
