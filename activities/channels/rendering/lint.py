"""What a template may say: a short list of harmless constructs, everything else is refused.

Jinja's sandbox guards secrets, not memory or time: `{{ 'a' * 10 ** 9 }}` passes it. So nothing is
allowed here that makes a text much longer than the template and its values are.
"""

from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes

from activities.channels.rendering.problem import TemplateProblem
from activities.channels.rendering.template_source import TemplatePart

_ALLOWED: tuple[type[nodes.Node], ...] = (
    *(
        nodes.Template,
        nodes.Output,
        nodes.TemplateData,
        nodes.Name,
        nodes.Getattr,
        nodes.Getitem,
        nodes.Const,
    ),
    *(
        nodes.Filter,
        nodes.Test,
        nodes.Keyword,
        nodes.If,
        nodes.For,
        nodes.CondExpr,
        nodes.Compare,
        nodes.Operand,
    ),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Neg, nodes.Tuple, nodes.List),
)
_SPELLING: dict[type[nodes.Node], str] = {
    nodes.Mul: "*",
    nodes.Pow: "**",
    nodes.Mod: "%",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Call: "calling something, such as range()",
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "a filter block",
}


def lint(path: str, part: TemplatePart, environment: Environment) -> list[TemplateProblem]:
    """Everything in one part that is not allowed."""
    try:
        tree = environment.parse(part.text)
    except TemplateSyntaxError as wrong:
        return [
            TemplateProblem(path, part.line + wrong.lineno - 1, wrong.message or "cannot be read")
        ]
    found = _complaints(tree, environment, loops=0)
    return [TemplateProblem(path, part.line + max(line, 1) - 1, message) for line, message in found]


def names(text: str, environment: Environment) -> frozenset[str]:
    """The dotted names a part reads, its loop variables apart."""
    tree = environment.parse(text)
    own = {target.name for loop in tree.find_all(nodes.For) for target in _targets(loop)} | {"loop"}
    return frozenset(name for name in _dotted_names(tree) if name.partition(".")[0] not in own)


def _complaints(
    node: nodes.Node, environment: Environment, loops: int
) -> Iterator[tuple[int, str]]:
    if complaint := _complaint(node, environment, loops):
        yield node.lineno, complaint
        return
    for child in node.iter_child_nodes():
        yield from _complaints(child, environment, loops + isinstance(node, nodes.For))


def _complaint(node: nodes.Node, environment: Environment, loops: int) -> str | None:
    match node:
        case nodes.Filter(name=name) if name not in _filters(environment):
            return f"there is no filter {name!r}: {', '.join(_filters(environment))}"
        case nodes.Test(name=name) if name not in environment.tests:
            return f"`is {name}` is not known: only {', '.join(sorted(environment.tests))}"
        case nodes.Getattr(attr=name) | nodes.Name(name=name) if name.startswith("_"):
            return f"{name!r}: names do not begin with an underscore"
        case nodes.For() if loops or node.recursive:
            return "a loop inside a loop"
        case _ if not isinstance(node, _ALLOWED):
            return f"{_SPELLING.get(type(node), type(node).__name__.lower())} is not allowed in a template"
    return None


def _filters(environment: Environment) -> list[str]:
    """Those for authors; the others are ours."""
    return sorted(name for name in environment.filters if not name.startswith("_"))


def _targets(loop: nodes.For) -> Iterator[nodes.Name]:
    yield from (
        [loop.target] if isinstance(loop.target, nodes.Name) else loop.target.find_all(nodes.Name)
    )


def _dotted_names(node: nodes.Node) -> Iterator[str]:
    if name := dotted(node):
        yield name
        return
    for child in node.iter_child_nodes():
        yield from _dotted_names(child)


def dotted(node: nodes.Node) -> str | None:
    """The dotted name that an expression is, None where it is something else."""
    match node:
        case nodes.Name(name=name, ctx="load"):
            return str(name)
        case nodes.Getattr(node=inner, attr=attribute) if outer := dotted(inner):
            return f"{outer}.{attribute}"
    return None
