"""`purna facts`: the facts, answers and segments that the rules of a folder may name."""

from cli.options import RULES, AsJson, RulesOption, SearchWords, show
from cli.text.listed_names import fact_lines
from operations.rules.listed_names import list_facts


def facts(words: SearchWords = None, rules: RulesOption = RULES, as_json: AsJson = False) -> None:
    """List the facts that conditions may read: the type, the default and the meaning of each."""
    found = list_facts(rules, words or ())
    lines = list(fact_lines(found)) or ["none"]
    show([one.to_json() for one in found], lines, as_json=as_json)
