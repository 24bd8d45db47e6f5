"""Folders of rules for tests of the checks: what is found in them, as `J11 7` for the code and its
line.
"""

from datetime import date

from activities.channels.rendering.lint import names
from activities.channels.rendering.sandbox import Sandbox
from engine.checks import Folder, checked
from engine.language.reader import read_ruleset
from operations.rules.folder_templates import template_uses
from tests.engine.language.folders import EVERY_PART

TODAY = date(2026, 3, 2)
FOOTER = "[Stop]({{ links.unsubscribe }})\n"
_HEAD = "version: 1\nrules:\n"


def a_rule(
    when: str, do: str = "[{send: hello, category: delivery}]", more: str = "", name: str = "a-rule"
) -> str:
    """A rule on lines of its own: id in the first, `when` in the second, `do` in the third, then
    `more`.
    """
    lines = [
        f"  - id: {name}",
        f"    when: {when}",
        f"    do: {do}",
        *(f"    {line}" for line in more.splitlines()),
    ]
    return "\n".join(lines) + "\n"


def a_folder(
    *rules: str, tests: str = "", templates: dict[str, str] | None = None, **files: str
) -> Folder:
    """A folder with these rules in one file; the first begins in line 3."""
    texts = {"templates/en/hello.md": EVERY_PART, "templates/en/footer.md": FOOTER}
    texts |= {f"templates/{path}": text for path, text in (templates or {}).items()}
    roots = {f"{name}.yaml": f"version: 1\n{text}" for name, text in files.items()}
    ruleset = read_ruleset({"journeys/a.yaml": _HEAD + "".join(rules), **texts, **roots})
    reads = {path: names(text, Sandbox(autoescape=False)) for path, text in texts.items()}
    uses = template_uses(texts)
    return Folder(ruleset, TODAY, {"journeys/a.test.yaml": tests} if tests else {}, reads, uses)


def found(folder: Folder, *codes: str) -> list[str]:
    """What the checks find, without J35 unless it is asked for; with codes only those."""
    problems = [
        one for one in checked(folder) if (one.code in codes if codes else one.code != "J35")
    ]
    return [f"{one.code} {one.position.line}" for one in problems]


def found_in(*rules: str, **files: str) -> list[str]:
    """What the checks find in a folder with these rules."""
    return found(a_folder(*rules, tests="", templates=None, **files))


def message(folder: Folder, code: str) -> str:
    """The only message of a code."""
    (one,) = [problem for problem in checked(folder) if problem.code == code]
    return one.message
