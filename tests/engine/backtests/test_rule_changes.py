"""What a revision changes, in the words of its author."""

from engine.backtests.rule_changes import KeyChange, PartChange, changes_between
from engine.language.reader import read_ruleset
from tests.cli.telling import FILES


def test_the_same_rules_differ_in_nothing() -> None:
    rules = read_ruleset(FILES)

    assert changes_between(rules, rules).is_empty


def test_a_changed_rule_says_which_keys_say_something_else() -> None:
    changes = changes_between(read_ruleset(FILES), read_ruleset(_with("7 days", "20 days")))

    assert changes.rules == (
        PartChange(
            "review-request",
            "changed",
            (KeyChange("when", "7 days after order.delivered", "20 days after order.delivered"),),
        ),
    )
    assert not changes.files


def test_rules_that_come_and_go_are_told_with_all_they_say() -> None:
    old, new = read_ruleset(FILES), read_ruleset(_with("id: big-spender", "id: rich"))

    gone, added = changes_between(old, new).rules

    assert (gone.name, gone.kind, added.name, added.kind) == (
        "big-spender",
        "gone",
        "rich",
        "added",
    )
    assert KeyChange("do", None, "{call: tell_team, with: {text: order.id}}") in added.keys


def test_a_renamed_rule_is_one_rule() -> None:
    new = read_ruleset(
        _with("- id: big-spender\n", "- id: rich\n    renamed_from: big-spender\n    mode: off\n")
    )

    assert changes_between(read_ruleset(FILES), new).rules == (
        PartChange("rich", "changed", (KeyChange("mode", None, "off"),), "big-spender"),
    )


def test_one_thing_in_a_list_says_what_it_says_alone() -> None:
    listed = read_ruleset(_with("stop_if: order.cancelled\n", "stop_if: [order.cancelled]\n"))

    assert changes_between(read_ruleset(FILES), listed).is_empty


def test_policies_are_told_by_key_and_templates_by_file() -> None:
    new = read_ruleset(_with("currency: EUR", "currency: USD", "How do you", "How would you"))

    policies, template = changes_between(read_ruleset(FILES), new).files

    assert policies == PartChange(
        "policies.yaml", "changed", (KeyChange("currency", "EUR", "USD"),)
    )
    assert template == PartChange("templates/en/review_request.md", "changed")


def test_before_the_first_revision_everything_is_added() -> None:
    changes = changes_between(None, read_ruleset(FILES))

    assert changes.old is None
    assert {one.kind for one in changes.rules} == {"added"}


def _with(*words: str) -> dict[str, str]:
    """The files with words replaced, in pairs."""
    files = dict(FILES)
    for old, new in zip(words[::2], words[1::2], strict=True):
        files = {path: text.replace(old, new) for path, text in files.items()}
    return files
