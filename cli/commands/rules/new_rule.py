"""`purna new-rule ID`: a rule, its scenario and its template to begin with."""

from typing import Annotated

import typer

from cli.options import HOME, RULES, AsJson, Home, RulesOption, show
from operations.rules import new_rule as operation


def new_rule(
    rule_id: Annotated[
        str, typer.Argument(metavar="ID", help="The id of the rule, such as parcel-on-its-way.")
    ],
    rules: RulesOption = RULES,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Write a rule to begin with, its scenario and its template."""
    files = operation.new_rule(rules, rule_id, home)
    written = [str(path) for path in files]
    lines = [f"wrote {path}" for path in written]
    show({"rule": rule_id, "files": written}, lines, as_json=as_json)
