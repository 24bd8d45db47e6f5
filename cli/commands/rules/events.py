"""`purna events`: the events that the rules of a folder may name."""

from cli.options import RULES, AsJson, RulesOption, SearchWords, show
from cli.text.listed_names import event_lines
from operations.rules.listed_names import list_events


def events(words: SearchWords = None, rules: RulesOption = RULES, as_json: AsJson = False) -> None:
    """List the events that rules may name: what each is about and what it means."""
    found = list_events(rules, words or ())
    lines = list(event_lines(found)) or ["none"]
    show([one.to_json() for one in found], lines, as_json=as_json)
