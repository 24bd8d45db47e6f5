import json
from datetime import date
from pathlib import Path

import pytest

from cli.main import exit_code
from cli.played_tests import report
from operations.cannot_run import CannotRun
from operations.rules.play_tests import play_tests
from tests.engine.scenarios.shop import FILES, a_file
from tests.paths import RULES

SHIPPED, TODAY = RULES, date(2026, 3, 2)
GOOD = a_file("- {at: 0h, event: shipment.shipped}\n- {at: 0h, expect: [{send: shipped}]}")
BAD = a_file("- {at: 0h, event: shipment.shipped}\n- {at: 0h, expect: nothing}", name="a bad test")

PICKS = """
version: 1
rules:
  - id: picks
    when: order.cancelled
    do:
      - {call: recommend, as: picks, with: {count: 2}}
      - {send: picks, category: delivery, with: {picks: picks.items}, only_if: picks.count >= 2}
"""


def a_folder(at: Path, **tests: str) -> Path:
    """The small shop on disk, with these files of tests in journeys/."""
    named = {f"journeys/{name}.test.yaml": text for name, text in tests.items()}
    for path, text in {**FILES, **named}.items():
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        (at / path).write_text(text)
    return at


def purna(*arguments: str) -> int:
    return exit_code(["test", *arguments])


def test_the_shipped_rules_do_as_their_tests_say() -> None:
    tested = play_tests(SHIPPED, TODAY)

    assert [one.scenario.name for one in tested.verdicts if one.outcome != "passed"] == []


def test_the_tests_of_the_shipped_rules_touch_every_rule_branch_and_stop() -> None:
    hits = play_tests(SHIPPED, TODAY).coverage.hits

    assert [str(point) for point, count in hits.items() if point.kind != "gate" and not count] == []


def test_good_tests_exit_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert purna(str(a_folder(tmp_path, good=GOOD))) == 0
    assert capsys.readouterr().out == "1 passed\n"


def test_a_failure_exits_with_1_and_says_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert purna(str(a_folder(tmp_path, bad=BAD, good=GOOD))) == 1

    out = capsys.readouterr().out
    assert "✗ journeys/bad.test.yaml:5 a bad test" in out
    assert out.endswith("1 passed, 1 failed\n")


def test_what_happened_is_accepted_on_request_and_only_where_a_test_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = a_folder(tmp_path, bad=BAD.replace("\n", "\r\n"), good=GOOD + "# as it should\n")

    assert purna(str(rules), "--accept") == 0
    captured = capsys.readouterr()
    assert captured.out == "2 passed\n"
    assert "journeys/bad.test.yaml: written anew" in captured.err
    anew = (rules / "journeys" / "bad.test.yaml").read_bytes().decode()
    news = "expect: [{send: shipped, by: push}]"
    assert anew == BAD.replace("\n", "\r\n").replace("expect: nothing", news)
    assert (rules / "journeys" / "good.test.yaml").read_text() == GOOD + "# as it should\n"


def test_accepting_and_playing_live_do_not_go_together(tmp_path: Path) -> None:
    assert purna(str(a_folder(tmp_path, good=GOOD)), "--accept", "--live") == 2


def test_a_todo_that_passes_is_a_finding_at_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = a_folder(tmp_path, done=a_file("- {at: 0h, expect: nothing}", todo="later"))

    assert (purna(str(rules)), purna(str(rules), "--json")) == (1, 1)
    said, _, told = capsys.readouterr().out.partition("{")
    assert said.startswith(
        "journeys/done.test.yaml:9:11: error: a test: the test passes; take `todo` out [J36]\n"
    )
    (problem,) = json.loads("{" + told)["problems"]
    assert (problem["code"], problem["severity"], problem["line"]) == ("J36", "error", 9)


def test_a_todo_that_fails_exits_with_0(tmp_path: Path) -> None:
    todo = a_file("- {at: 0h, expect: [{send: shipped}]}", todo="later")

    assert purna(str(a_folder(tmp_path, todo=todo))) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD.replace("send: shipped", "send: shiped"),
            "unknown template shiped, did you mean shipped? [J07]",
        ),
        (GOOD.replace("shipment.shipped", "shipment.shiped"), "unknown event shipment.shiped"),
        ("version: 1\ntests: []\n", "a file of tests needs a test"),
        ("tests: [", "this is not YAML"),
    ],
)
def test_tests_that_make_no_sense_exit_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert purna(str(a_folder(tmp_path, wrong=text, good=GOOD))) == 2

    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_no_tests_at_all_exit_with_2(tmp_path: Path) -> None:
    assert purna(str(a_folder(tmp_path))) == 2


def test_a_path_that_is_no_test_exits_with_2(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "rules", good=GOOD)

    assert purna(str(folder / "journeys" / "other.test.yaml")) == 2
    assert purna(str(folder / "policies.yaml")) == 2
    assert purna(str(tmp_path)) == 2


def test_rules_with_mistakes_are_not_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_folder(tmp_path, good=GOOD)
    (folder / "journeys" / "wrong.yaml").write_text(
        "version: 1\nrules: [{id: x, when: order.plced, do: []}]\n"
    )

    assert purna(str(folder)) == 2
    assert "unknown event order.plced" in capsys.readouterr().err


def test_one_file_or_one_folder_of_tests_can_be_played(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, bad=BAD, good=GOOD)

    assert purna(str(folder / "journeys" / "good.test.yaml")) == 0
    assert len(play_tests(folder / "journeys", TODAY).verdicts) == 2


def test_a_machine_reads_the_results_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert purna(str(a_folder(tmp_path, bad=BAD, good=GOOD)), "--json") == 1

    told = json.loads(capsys.readouterr().out)
    assert (told["tests"], told["passed"], told["failed"]) == (2, 1, 1)
    assert [one["outcome"] for one in told["results"]] == ["failed", "passed"]
    assert "unexpected  send shipped" in told["results"][0]["differences"][0]


def test_a_build_server_reads_the_results_as_junit(tmp_path: Path) -> None:
    todo = a_file("- {at: 0h, expect: [{send: shipped}]}", todo="when <there> is time")
    purna(
        str(a_folder(tmp_path / "rules", bad=BAD, good=GOOD, todo=todo)),
        "--junit",
        str(tmp_path / "junit.xml"),
    )

    text = (tmp_path / "junit.xml").read_text("utf-8")
    assert '<testsuites tests="3" failures="1" skipped="1">' in text
    assert '<skipped message="when &lt;there&gt; is time"/>' in text


def test_a_file_that_cannot_be_written_exits_with_2(tmp_path: Path) -> None:
    assert (
        purna(
            str(a_folder(tmp_path, good=GOOD)), "--junit", str(tmp_path / "nowhere" / "junit.xml")
        )
        == 2
    )


def test_coverage_is_counted_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(a_folder(tmp_path, good=GOOD))

    assert purna(folder, "--coverage") == 0
    assert "rules          1 of 6" in capsys.readouterr().out


@pytest.mark.parametrize(("least", "code"), [("5", 0), ("95", 1)])
def test_too_little_coverage_exits_with_1(tmp_path: Path, least: str, code: int) -> None:
    assert purna(str(a_folder(tmp_path, good=GOOD)), "--coverage", "--fail-under", least) == code


def test_a_least_coverage_needs_coverage(tmp_path: Path) -> None:
    assert purna(str(a_folder(tmp_path, good=GOOD)), "--fail-under", "5") == 2


def test_what_a_message_says_is_what_its_template_says(tmp_path: Path) -> None:
    story = (
        "- {at: 0h, event: shipment.shipped}\n"
        "- {at: 0h, expect: [{send: shipped, by: push, says: SAID}]}"
    )

    assert play_tests(a_folder(tmp_path, hi=a_file(story.replace("SAID", "Hi"))), TODAY).is_good
    assert not play_tests(
        a_folder(tmp_path, hi=a_file(story.replace("SAID", "Bye"))), TODAY
    ).is_good


def test_a_message_that_cannot_be_written_is_not_sent(tmp_path: Path) -> None:
    story = (
        "- {at: 0h, event: shipment.shipped}\n"
        "- {at: 0h, expect: nothing, because: {shipped: error}}"
    )
    folder = a_folder(tmp_path, broken=a_file(story))
    (folder / "templates/en/shipped.md").write_text('---\npush: "{{ shipment.eta | day }}"\n---\n')

    assert play_tests(folder, TODAY).is_good


def test_the_report_goes_nowhere_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report(
        play_tests(a_folder(tmp_path, good=GOOD), TODAY),
        as_json=False,
        with_coverage=False,
        junit_file=None,
    )

    assert capsys.readouterr().err == ""


def test_a_folder_without_journeys_is_no_rules_folder(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="is no rules folder"):
        play_tests(tmp_path, TODAY)


def test_a_call_without_results_answers_the_example_of_its_action(tmp_path: Path) -> None:
    story = (
        "- {at: 0h, event: order.cancelled}\n"
        "- {at: 0h, expect: [{call: recommend}, {send: picks, says: Tea pot}]}"
    )
    folder = a_folder(tmp_path, picks=a_file(story))
    (folder / "journeys" / "picks.yaml").write_text(PICKS)
    (folder / "templates" / "en" / "picks.md").write_text(
        "---\nsubject: Well\n---\nWhat about {{ picks | titles }}?\n"
    )

    assert [one.outcome for one in play_tests(folder, TODAY).verdicts] == ["passed"]


def test_a_call_that_the_test_answers_does_not(tmp_path: Path) -> None:
    story = "- {at: 0h, event: order.cancelled}\n- {at: 0h, expect: [{call: recommend}]}"
    folder = a_folder(tmp_path, picks=a_file(story, results="{recommend: {items: [], count: 0}}"))
    (folder / "journeys" / "picks.yaml").write_text(PICKS)
    (folder / "templates" / "en" / "picks.md").write_text(
        "---\nsubject: Well\n---\nWhat about {{ picks | titles }}?\n"
    )

    assert [one.outcome for one in play_tests(folder, TODAY).verdicts] == ["passed"]


def test_a_story_publishes_a_folder_that_lies_beside_that_of_the_tests(tmp_path: Path) -> None:
    story = """
        - {at: 0h, publish: ../next}
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, expect: nothing}
    """
    rules = a_folder(tmp_path / "rules", publishes=a_file(story))
    following = a_folder(tmp_path / "next") / "journeys" / "all.yaml"
    following.write_text(
        following.read_text().replace("when: shipment.shipped", "when: shipment.lost")
    )

    assert purna(str(rules)) == 0


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("../nowhere", "../nowhere is no folder of rules"),
        ("../broken", "the rules of ../broken have problems: see `purna check`"),
    ],
)
def test_a_folder_that_cannot_be_published_is_told_at_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str, said: str
) -> None:
    story = f"- {{at: 0h, publish: {named}}}\n- {{at: 0h, expect: nothing}}"
    (a_folder(tmp_path / "broken") / "journeys" / "all.yaml").write_text("version: 1\nrules: 7\n")

    assert purna(str(a_folder(tmp_path / "rules", wrong=a_file(story)))) == 2
    assert f"journeys/wrong.test.yaml:10:27: {said} [J09]" in capsys.readouterr().err
