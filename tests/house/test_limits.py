"""How large a thing may grow before it is two things."""

import ast
from collections.abc import Iterator

from tests.house.tree import Module, modules, modules_of_tests

MODULE_LINES, FUNCTION_LINES, FIELDS, PUBLIC_METHODS = 400, 50, 12, 15
ROWS = {"row", "dataclass"}


def _everything() -> list[Module]:
    return [*modules().values(), *modules_of_tests()]


def _classes() -> Iterator[tuple[Module, ast.ClassDef]]:
    for module in modules().values():
        yield from (
            (module, node) for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)
        )


def test_no_module_is_too_long() -> None:
    assert {one.place: one.lines for one in _everything() if one.lines > MODULE_LINES} == {}


def test_no_function_is_too_long() -> None:
    long = {
        f"{module.place}:{node.lineno} {node.name}": lines
        for module in _everything()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }

    assert long == {}


def test_no_row_has_too_many_fields() -> None:
    wide = {
        f"{module.place}:{node.lineno} {node.name}": fields
        for module, node in _classes()
        if _is_row(node)
        and (fields := sum(isinstance(item, ast.AnnAssign) for item in node.body)) > FIELDS
    }

    assert wide == {}


def _is_row(node: ast.ClassDef) -> bool:
    decorators = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
    return any(isinstance(one, ast.Name) and one.id in ROWS for one in decorators)


def test_no_class_has_too_many_public_methods() -> None:
    broad = {
        f"{module.place}:{node.lineno} {node.name}": methods
        for module, node in _classes()
        if not _is_grammar(node) and (methods := len(_public_methods(node))) > PUBLIC_METHODS
    }

    assert broad == {}


def _is_grammar(node: ast.ClassDef) -> bool:
    """Whether its methods are the rules of a grammar, which a parser calls by their names."""
    return any(
        isinstance(base, ast.Name) and base.id in {"Transformer", "WhenReader"}
        for base in node.bases
    )


def _public_methods(node: ast.ClassDef) -> list[str]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [
        item.name for item in node.body if isinstance(item, kinds) and not item.name.startswith("_")
    ]


def test_nobody_imports_a_private_name() -> None:
    private = [
        f"{module.place}:{node.lineno} {alias.name}"
        for module in _everything()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith("__")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]

    assert private == []


def test_every_ignored_rule_gives_its_reason() -> None:
    silent = [
        f"{module.place}:{number}"
        for module in modules().values()
        for number, line in enumerate(module.text.splitlines(), 1)
        if "# noqa" in line and not line.partition("# noqa")[2].partition("#")[2].strip()
    ]

    assert silent == []
