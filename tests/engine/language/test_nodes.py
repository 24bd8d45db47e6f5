import pytest

from engine.conditions.problems import Problems
from engine.language.nodes import MAX_BYTES, Node, read_nodes


def nodes(text: str | bytes) -> Node:
    problems = Problems()
    node = read_nodes("a.yaml", text, problems)
    assert node is not None
    assert not list(problems)
    return node


def mistakes(text: str | bytes) -> list[str]:
    problems = Problems()
    read_nodes("a.yaml", text, problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "on",
        "off",
        "yes",
        "21:00",
        "12:30:00",
        "01234",
        "2026-03-02",
        "1_000",
        "0x1F",
        "1e999",
        ".inf",
    ],
)
def test_what_older_readers_turn_into_something_else_stays_text(text: str) -> None:
    assert nodes(f"key: {text}").plain == {"key": text}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("1.10", 1.1),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("1e3", 1e3),
    ],
)
def test_plain_scalars_follow_the_core_schema(written: str, value: object) -> None:
    assert nodes(f"key: {written}").plain == {"key": value}


def test_a_quoted_number_is_text() -> None:
    assert nodes("""{a: "5", b: 'true'}""").plain == {"a": "5", "b": "true"}


def test_keys_are_always_text() -> None:
    assert nodes("on: 1\ntrue: 2\n5: 3\n").plain == {"on": 1, "true": 2, "5": 3}


def test_every_key_and_value_knows_its_place() -> None:
    node = nodes("rules:\n  - id: x\n    when: y\n")
    rule = node.entries["rules"].items[0]
    assert str(rule.keys["when"]) == "a.yaml:3:5"
    assert str(rule.entries["when"].position) == "a.yaml:3:11"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3:1: a: this key stands here twice, first in line 1 [J01]"),
        (
            "a: &x 1\n",
            (
                "a.yaml:1:4: anchors (&) are not part of the rule language; put a text with & in "
                "quotes [J01]"
            ),
        ),
        (
            "a: !important\n",
            (
                "a.yaml:1:4: tags (!) are not part of the rule language; put a text with ! in "
                "quotes [J01]"
            ),
        ),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document in one file; a file holds one [J01]"),
        ("a:\n\t- b\n", "a.yaml:2:1: indented with a tab; YAML takes spaces only [J01]"),
        ("? [a]\n: b\n", "a.yaml:1:3: a key must be a word [J01]"),
        (b"a: \xff", "a.yaml:1:1: the file is not UTF-8 text [J01]"),
        ("a: b\x00", "a.yaml:1:5: a character that YAML forbids: '\\x00' [J01]"),
        ('a: "\\0"', "a.yaml:1:4: a text cannot hold the character NUL [J01]"),
        ("a: \ud800", "a.yaml:1:4: a character that YAML forbids: '\\ud800' [J01]"),
    ],
)
def test_form_that_the_language_does_not_have_is_a_problem(text: str | bytes, problem: str) -> None:
    assert mistakes(text) == [problem]


def test_an_alias_is_told_besides_its_anchor() -> None:
    assert [line.partition(" [")[2] for line in mistakes("a: &x 1\nb: *x\n")] == ["J01]", "J01]"]


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert nodes("<<: {a: 1}").plain == {"<<": {"a": 1}}


def test_a_sentence_that_yaml_cut_says_to_quote_it() -> None:
    (problem,) = mistakes("x: {if: customer.tier in [gold, platinum], then: 1}")
    assert problem.startswith("a.yaml:1:26: this is not YAML")
    assert "put the sentence in quotes" in problem


def test_depth_without_end_is_refused_early() -> None:
    assert mistakes("[" * 500_000) == ["a.yaml:1:33: nested deeper than 32 levels [J01]"]


def test_a_file_beyond_the_limit_is_not_read() -> None:
    assert mistakes("#" * (MAX_BYTES + 1)) == ["a.yaml:1:1: the file is larger than 1024 KiB [J01]"]
    assert nodes("#" * MAX_BYTES).value is None


def test_an_empty_file_holds_nothing() -> None:
    assert nodes(b"").value is None


def test_line_ends_and_a_byte_order_mark_do_not_move_positions() -> None:
    node = nodes("\ufeffa: 1\r\nb: 2\r\n")
    assert str(node.keys["b"]) == "a.yaml:2:1"


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("a: one two", 4, "1:8"),
        ('a: "one two"', 4, "1:9"),
        ("a: 'it''s here'", 5, "1:11"),
        ('a: "a \\"b\\" c"', 6, "1:13"),
        ("a: one\n  two", 4, "2:3"),
        ("a: >\n  one\n  two\n", 4, "3:3"),
        ("é: 'ü one'", 2, "1:7"),
    ],
)
def test_a_character_of_a_text_is_found_in_the_file(text: str, offset: int, place: str) -> None:
    (node,) = nodes(text).entries.values()
    assert str(node.within(offset)) == f"a.yaml:{place}"


@pytest.mark.parametrize(
    "cut", ["if: [gold, platinum] contains x", 'if: "gold" = x', "- {a: b} = x"]
)
def test_a_sentence_that_yaml_cut_is_to_be_quoted(cut: str) -> None:
    (problem,) = mistakes(cut)

    assert problem.endswith("put the sentence in quotes [J01]")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "rules:\n  - id: a\n    when order.placed\n    do: []\n",
            "3:9: a colon is missing after `when`",
        ),
        ("rules:\n  - id: a\n    do\n      - send: x\n", "3:7: a colon is missing after `do`"),
        ("rules:\n  - id a\n    when: x\n", "2:7: a colon is missing after `id`"),
        ("version: 1\nrules\n  - id: a\n", "2:6: a colon is missing after `rules`"),
        ("version 1\nrules:\n  - id: a\n", "1:8: a colon is missing after `version`"),
    ],
)
def test_a_missing_colon_is_told_where_it_is_missing(text: str, told: str) -> None:
    assert mistakes(text) == [f"a.yaml:{told} [J01]"]


@pytest.mark.parametrize(
    "text", ["a: b: c\n", "a: x\n  and y\n  and z: 1\n", "a: 'x\nb: c\n", "a: [1\nb: c\n"]
)
def test_other_mistakes_of_form_are_not_taken_for_a_missing_colon(text: str) -> None:
    (problem,) = mistakes(text)
    assert "a colon is missing" not in problem
