"""The results of `purna test` as JUnit XML, which build servers read."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from engine.rules.ruleset import Ruleset
from engine.scenarios.comparison import TestVerdict
from engine.scenarios.report import failure_report

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdicts: Sequence[TestVerdict], ruleset: Ruleset) -> str:
    """One suite for each file, one case for each test; a todo that fails is skipped."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{_counts(verdicts)}>"]
    for file, group in groupby(verdicts, key=lambda one: one.scenario.position.file):
        suite = list(group)
        lines.append(f"  <testsuite name={_quoted(file)}{_counts(suite)}>")
        lines += [line for one in suite for line in _case(one, ruleset)]
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>", ""])


def _case(verdict: TestVerdict, ruleset: Ruleset) -> Iterator[str]:
    scenario = verdict.scenario
    place = f"file={_quoted(scenario.position.file)} line={_quoted(str(scenario.position.line))}"
    named = f"classname={_quoted(scenario.position.file)} name={_quoted(scenario.name)}"
    head = f"    <testcase {named} {place}"
    if verdict.outcome == "passed":
        yield f"{head}/>"
        return
    yield f"{head}>"
    if verdict.outcome == "todo":
        yield f"      <skipped message={_quoted(scenario.todo.why if scenario.todo else '')}/>"
    else:
        report = _clean(failure_report(verdict, ruleset))
        yield f'      <failure message="not as expected">{report}</failure>'
    yield "    </testcase>"


def _counts(verdicts: Sequence[TestVerdict]) -> str:
    failed = sum(not one.is_good for one in verdicts)
    skipped = sum(one.outcome == "todo" for one in verdicts)
    return f' tests="{len(verdicts)}" failures="{failed}" skipped="{skipped}"'


def _quoted(text: str) -> str:
    return f'"{_clean(text)}"'


def _clean(text: str) -> str:
    return escape(_FORBIDDEN.sub("", text), quote=True)
