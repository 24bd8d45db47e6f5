"""A rule, its scenario and its template to begin with; nothing that is there is overwritten."""

from collections.abc import Mapping
from pathlib import Path

from engine.conditions.problems import Problems
from engine.language.journeys.rule_files import rule_ids
from engine.language.known import Known
from engine.language.nodes import read_nodes
from engine.language.plain_values import KEBAB
from engine.language.reader import read_known
from operations.cannot_run import CannotRun, unusable
from operations.rules.rules_folder import known_actions, read_files
from operations.rules.schema import schema_line, write_schemas

_RULE = """\
{of_rules}version: 1
rules:
  - id: {id}
    name: {name}
    when: order.delivered
    do: [{{send: {template}, by: email, category: {category}}}]
"""
_TEST = """\
{of_tests}version: 1
people: {{ana: {{id: C1, locale: {locale}, can_receive: [email]}}}}
tests:
  - name: {id} speaks when an order has been delivered
    only: {id}
    order: {{id: A1}}
    starts: 2026-03-02 10:00 UTC
    story:
      - {{at: 0h, event: order.delivered}}
      - {{at: 1 day, expect: [{{send: {template}, by: email, order: A1}}]}}
  - name: {id} stays silent when an order has only been placed
    only: {id}
    order: {{id: A1}}
    starts: 2026-03-02 10:00 UTC
    story:
      - {{at: 0h, event: order.placed}}
      - {{at: 1 day, expect: nothing}}
"""
_TEMPLATE = """\
---
subject: "{name}"
---
Hello {{{{ customer.first_name | or("there") }}}},

this is about your order {{{{ order.id }}}}.
"""


def new_rule(folder: Path, rule_id: str, home: Path) -> list[Path]:
    """Write the three files, or none of them, and the schemas by which editors complete them."""
    if not KEBAB.fullmatch(rule_id):
        raise CannotRun(
            f"{rule_id[:60]} is no id: small letters, digits and hyphens, such as parcel-on-its-way"
        )
    files = read_files(folder)
    if place := _place_of(rule_id, files):
        raise CannotRun(f"there is a rule {rule_id} in {place} already")
    texts = _texts(
        rule_id, _schema_lines(folder, rule_id, home), read_known(files, known_actions())
    )
    new = {folder / path: text for path, text in texts.items()}
    if there := next((path for path in new if path.exists()), None):
        raise CannotRun(f"{there} is there already, and is left as it is")
    for path, text in new.items():
        _write(path, text)
    write_schemas(home, folder)
    return list(new)


def _schema_lines(folder: Path, rule_id: str, home: Path) -> dict[str, str]:
    """The lines that name its schema to an editor, for the rule and for its test."""
    file = folder / "journeys" / f"{rule_id}.yaml"
    kinds = {"of_rules": "journeys", "of_tests": "tests"}
    return {key: schema_line(home, kind, file) for key, kind in kinds.items()}


def _texts(rule_id: str, lines: Mapping[str, str], known: Known) -> dict[str, str]:
    template, locale = rule_id.replace("-", "_"), known.policies.shop.locale
    told = {
        **lines,
        "id": rule_id,
        "name": rule_id.replace("-", " ").capitalize(),
        "template": template if template[0].isalpha() else f"t{template}",
        "category": _category(known),
        "locale": locale,
    }
    return {
        f"journeys/{rule_id}.yaml": _RULE.format(**told),
        f"journeys/{rule_id}.test.yaml": _TEST.format(**told),
        f"templates/{locale}/{told['template']}.md": _TEMPLATE.format(**told),
    }


def _category(known: Known) -> str:
    """What most messages are about, else the first transactional category."""
    names = [one.id for one in known.policies.categories if one.kind == "transactional"]
    others = [one.id for one in known.policies.categories]
    return "delivery" if "delivery" in names else (names or others)[0]


def _place_of(rule_id: str, files: dict[str, bytes]) -> str | None:
    for path, content in files.items():
        if (
            path.startswith("journeys/")
            and path.endswith(".yaml")
            and not path.endswith(".test.yaml")
        ):
            node = read_nodes(path, content, Problems())
            if node is not None and rule_id in dict(rule_ids(node)):
                return path
    return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CannotRun(unusable(error)) from None
