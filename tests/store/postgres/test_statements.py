"""SQL is read, not assembled: every statement of the store stands whole in its file."""

import ast
from collections.abc import Iterator

from tests.paths import ROOT

VERBS = ("select", "insert", "update", "delete", "with", "vacuum", "lock", "set", "create")
FILES = sorted((ROOT / "store" / "postgres").rglob("*.py"))


def _texts(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _is_sql(text: str) -> bool:
    return next(iter(text.lower().split()), "") in VERBS


def assembled(source: str) -> list[int]:
    """The lines on which SQL is put together from pieces."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.JoinedStr():
                pieces = list(_texts(node))
            case ast.BinOp(op=ast.Add() | ast.Mod()):
                pieces = list(_texts(node))
            case ast.Call(func=ast.Attribute(attr="format" | "replace" | "join", value=value)):
                pieces = list(_texts(value))
            case _:
                continue
        if any(map(_is_sql, pieces)):
            lines.append(node.lineno)
    return lines


def test_no_statement_of_the_store_is_assembled() -> None:
    assert len(FILES) > 20
    found = {
        str(file.relative_to(ROOT)): lines
        for file in FILES
        if (lines := assembled(file.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_a_statement_that_is_assembled_is_noticed() -> None:
    assert assembled('_ALL = f"select {COLUMNS} from effects"') == [1]
    assert assembled('_ALL = "select * from " + TABLE') == [1]
    assert assembled('_ALL = "select * from {}".format(TABLE)') == [1]
    assert assembled('_ALL = "select * from effects".replace("effects", TABLE)') == [1]


def test_a_sentence_is_no_statement() -> None:
    assert assembled('raise KeyError(f"the revision {revision} is not known")') == []
    assert assembled('_ALL = "select * from effects"') == []
