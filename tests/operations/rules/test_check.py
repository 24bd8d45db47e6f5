import json
from datetime import date
from pathlib import Path

import pytest

from cli.main import exit_code
from operations.cannot_run import CannotRun
from operations.rules.check import check, sound_rules
from tests.cli.telling import a_folder, a_log, an_order
from tests.engine.checks.pages import as_folder
from tests.paths import RULES

TODAY = date(2026, 3, 2)
GOOD = (
    "version: 1\nrules:\n  - id: one\n    when: order.placed\n"
    "    do: [{send: hello, category: delivery}]\n"
)
WARNED = GOOD.replace("when: order.placed", "when: 2 days after order.placed")
WRONG = GOOD.replace("when: order.placed", "when: order.placd")
NEVER = GOOD.replace("    do:", "    if: [order.express, order.express = false]\n    do:")


def folder(path: Path, journey: str, **files: str) -> Path:
    return as_folder({"journeys/a.yaml": journey, **files}, path)


@pytest.mark.parametrize(
    ("journey", "plain", "strict"), [(GOOD, 0, 0), (WARNED, 0, 1), (WRONG, 1, 1), (NEVER, 1, 1)]
)
def test_errors_end_with_one_and_warnings_only_if_strict(
    tmp_path: Path, journey: str, plain: int, strict: int
) -> None:
    rules = str(folder(tmp_path, journey))

    assert exit_code(["check", rules]) == plain
    assert exit_code(["check", rules, "--strict"]) == strict


def test_a_folder_that_is_none_ends_with_two(tmp_path: Path) -> None:
    assert exit_code(["check", str(tmp_path / "nowhere")]) == 2


def test_a_path_that_is_no_rules_folder_says_what_it_is(tmp_path: Path) -> None:
    rules = folder(tmp_path / "rules", GOOD)
    stray = tmp_path / "a.yaml"
    stray.write_text(GOOD)

    assert refusal(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'}: there is no such folder"
    one = rules / "journeys" / "a.yaml"
    assert refusal(one) == (
        f"{one} is one file of the rules folder {rules}: check it within that folder"
    )
    assert refusal(rules / "journeys") == (
        f"{rules / 'journeys'} is a part of the rules folder {rules}: check it within that folder"
    )
    assert "is a file; rules are checked as a folder" in refusal(stray)


def refusal(path: Path) -> str:
    with pytest.raises(CannotRun) as raised:
        check(path, TODAY)
    return str(raised.value)


def test_people_get_the_line_a_caret_and_a_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code(["check", str(folder(tmp_path, NEVER))])

    first, line, caret, _, last = capsys.readouterr().out.splitlines()
    assert first.startswith("journeys/a.yaml:5:25: error: never true: order.express = false")
    assert line[caret.index("^") :].startswith("order.express = false]")
    assert last == "1 error, 0 warnings"


def test_machines_get_each_problem_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code(["check", str(folder(tmp_path, WARNED)), "--json"])

    told = json.loads(capsys.readouterr().out)
    (problem,) = told["problems"]
    message = problem.pop("message")
    assert problem == {
        "file": "journeys/a.yaml",
        "line": 4,
        "column": 11,
        "code": "J25",
        "severity": "warning",
    }
    assert "order.cancelled" in message
    assert (told["errors"], told["warnings"], told["mended"]) == (0, 1, [])


def test_a_name_that_does_not_exist_hides_no_other_mistake(tmp_path: Path) -> None:
    never, twin = NEVER.replace("id: one", "id: two"), GOOD.replace("id: one", "id: two")
    files = {"journeys/never.yaml": never, "journeys/twin.yaml": twin}
    found = check(folder(tmp_path, WRONG, **files), today=TODAY)

    assert [(one.code, one.position.file) for one in found.problems] == [
        ("J07", "journeys/a.yaml"),
        ("J11", "journeys/never.yaml"),
        ("J06", "journeys/twin.yaml"),
    ]


def test_a_rule_that_is_misread_brings_no_finding_about_the_others(tmp_path: Path) -> None:
    """What the others do is said of them as ever, and what the misread one does of nobody."""
    shipped = {
        path.relative_to(RULES).as_posix(): path.read_text()
        for path in RULES.rglob("*")
        if path.is_file()
    }
    journeys = [path for path in shipped if path.startswith("journeys/") and "test" not in path]
    for number, path in enumerate(journeys):
        wrong = {**shipped, path: shipped[path].replace("when: ", "when: no.such or ", 1)}
        found = check(as_folder(wrong, tmp_path / str(number)), TODAY)

        assert {one.code for one in found.problems} <= {"J05"}, path


def test_an_answer_that_cannot_be_read_is_told_alone(tmp_path: Path) -> None:
    asked = GOOD.replace("    do:", "    if: answer.fee > 3\n    do:")
    answers = "version: 1\nanswers:\n  fee: {type: integer, first: [{otherwise: many}]}\n"
    found = check(folder(tmp_path, asked, **{"answers.yaml": answers}), TODAY)

    assert [one.code for one in found.problems] == ["J09"]


def test_a_fault_of_a_template_does_not_hide_one_of_a_rule(tmp_path: Path) -> None:
    bad = "---\nsubject: Hello\n---\n{{ order.id | shout }}\n"
    found = check(folder(tmp_path, WRONG, **{"templates/en/hello.md": bad}), today=TODAY)

    assert [(one.code, one.position.file) for one in found.problems] == [
        ("J07", "journeys/a.yaml"),
        ("J24", "templates/en/hello.md"),
    ]


def test_rules_that_cannot_be_read_are_still_told_of_spelling(tmp_path: Path) -> None:
    found = check(
        folder(tmp_path, WRONG.replace("  - id: one", "  - id: one\n    name: NO")), today=TODAY
    )

    assert sorted(one.code for one in found.problems) == ["J04", "J07"]


def test_a_comment_with_a_reason_ignores_a_finding(tmp_path: Path) -> None:
    ignored = WARNED.replace("order.placed\n", "order.placed  # purna: ignore J25 we want it\n")

    assert check(folder(tmp_path, ignored), today=TODAY).problems == ()


def test_without_fix_nothing_is_written(tmp_path: Path) -> None:
    rules = folder(tmp_path, GOOD.replace("id: one", "id: one\n    name: NO"))
    before = (rules / "journeys/a.yaml").read_bytes()

    assert [one.code for one in check(rules, today=TODAY).problems] == ["J04"]
    assert (rules / "journeys/a.yaml").read_bytes() == before


def test_fix_mends_what_is_certain_and_tells_the_rest(tmp_path: Path) -> None:
    text = WARNED.replace("    do:", '    name: NO\n    if: order.id contains "a #1"\n    do:')
    rules = folder(tmp_path, text)
    found = check(rules, fix=True, today=TODAY)

    written = (rules / "journeys/a.yaml").read_text()
    assert 'name: "NO"\n' in written
    assert "if: 'order.id contains \"a #1\"'\n" in written
    assert ([one.code for one in found.problems], found.mended) == (["J25"], ("journeys/a.yaml",))
    assert check(rules, fix=True, today=TODAY).mended == ()


def test_fix_keeps_line_ends_and_rights_and_leaves_no_other_file(tmp_path: Path) -> None:
    rules = folder(tmp_path, GOOD)
    file = rules / "journeys/a.yaml"
    file.write_bytes(
        b"\xef\xbb\xbf"
        + GOOD.replace("id: one", "id: one\n    name: NO").replace("\n", "\r\n").encode()
    )
    file.chmod(0o640)
    before = sorted(file.parent.iterdir())

    check(rules, fix=True, today=TODAY)

    assert b'name: "NO"\r\n' in file.read_bytes()
    assert file.read_bytes().startswith(b"\xef\xbb\xbfversion")
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(file.parent.iterdir()) == before


def test_the_shipped_rules_have_no_findings() -> None:
    assert [str(one) for one in check(RULES, today=TODAY).problems] == []


def test_an_error_with_a_meaning_may_be_ignored_and_the_rules_published(tmp_path: Path) -> None:
    again = GOOD.replace(
        "when: order.placed", "when: order.changed  # purna: ignore J18 once is enough"
    )
    rules = folder(tmp_path, again)

    assert check(rules, today=TODAY).problems == ()
    assert "one" in sound_rules(rules, TODAY, otherwise="nothing was published").rules


def test_beside_a_mistake_that_stops_the_reader_a_comment_still_holds(tmp_path: Path) -> None:
    again = GOOD.replace(
        "when: order.placed", "when: order.changed  # purna: ignore J18 once is enough\n    iff: x"
    )
    found = check(folder(tmp_path, again), today=TODAY)

    assert [one.code for one in found.problems] == ["J02"]


def test_a_mistake_with_a_meaning_does_not_hide_what_the_checks_find(tmp_path: Path) -> None:
    found = check(folder(tmp_path, NEVER.replace("order.placed", "order.changed")), today=TODAY)

    assert sorted(one.code for one in found.problems) == ["J11", "J18"]


def test_a_log_tells_what_never_fires(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = a_log(tmp_path / "log.jsonl", an_order("A"))
    rules = str(a_folder(tmp_path / "rules"))

    assert exit_code(["check", rules, "--events", str(log)]) == 0
    out = capsys.readouterr()
    assert "orders.yaml:13:5: warning: fired 0 times: asked 1 time, fact_unknown 1 [J37]" in out.out
    assert "orders.yaml:15:10: warning: order.total is missing in 100 % of 1 events" in out.out
    assert out.err == ""


CHOOSING = """choose:
      - {if: order.total >= 100 EUR, do: [{send: review_request, by: email, category: delivery}]}
      - {if: order.eta is known, do: [{send: review_request, by: email, category: delivery}]}
      - {otherwise: [{send: shipped, by: email, category: delivery}]}"""


def test_a_log_tells_by_which_line_of_choose_a_fact_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ("do: [{send: shipped, by: email, category: delivery}]", CHOOSING)
    rules = str(a_folder(tmp_path / "rules", chosen))
    some, none = ([*an_order("A"), *an_order("B", total=total)] for total in ("90 EUR", "120 EUR"))

    exit_code(["check", rules, "--events", str(a_log(tmp_path / "log.jsonl", some))])
    told = "order.total is missing in 50 % of 2 messages between which parcel-shipped chooses [J37]"
    out = capsys.readouterr().out
    assert f"orders.yaml:8:14: warning: {told}" in out
    assert "order.eta" not in out, "a line asks whether it is known"

    exit_code(["check", rules, "--events", str(a_log(tmp_path / "log.jsonl", none[4:]))])
    assert "parcel-shipped chooses" not in capsys.readouterr().out


def test_how_often_is_too_often_can_be_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = a_log(tmp_path / "log.jsonl", [*an_order("A"), *an_order("B")])
    rules = str(a_folder(tmp_path / "rules"))

    exit_code(["check", rules, "--events", str(log), "--most", "1"])
    assert (
        "fired 2 times on 2026-03-03: more than 1 a day (`--most`) [J37]" in capsys.readouterr().out
    )
    assert exit_code(["check", rules, "--most", "1"]) == 2


@pytest.mark.parametrize("text", ["", "no json\n", '{"type": "order.vanished"}\n'])
def test_a_log_that_is_none_ends_with_two(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.jsonl").write_text(text)

    assert (
        exit_code(
            ["check", str(a_folder(tmp_path / "rules")), "--events", str(tmp_path / "log.jsonl")]
        )
        == 2
    )
