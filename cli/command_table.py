"""The table of commands: which module has a command, so that no other is imported."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table of commands: its name, where its function is, and its line of help.

    `place` is `module:function` within `cli`. A group names no place, but the commands in it.
    """

    name: str
    place: str
    help: str
    commands: tuple[Self, ...] = ()


# Each line of help is the first sentence of the function's docstring; a test compares them.
COMMANDS = (
    Command(
        "init",
        "commands.init:init",
        "Write a folder of your own: rules to begin with, templates, tests and settings.",
    ),
    Command("run", "commands.run:run", "Start everything on this machine and stay up."),
    Command(
        "demo",
        "commands.demo:demo",
        "Play a log on real parts and judge what was sent: lost, twice, or unexpected.",
    ),
    Command(
        "check",
        "commands.check:check",
        "Tell everything that is wrong with a folder of rules; docs/checks explains each code.",
    ),
    Command(
        "publish",
        "commands.publish:publish",
        "Check a folder of rules and make it the active revision; a bad one changes nothing.",
    ),
    Command(
        "migrate",
        "commands.migrate:migrate",
        "Bring the tables of PURNA_DATABASE_URL, or of the purna that runs here, up to date.",
    ),
    Command(
        "ask",
        "commands.ask:ask",
        "What a policy answers about an order, item, return, subscription or customer, and why.",
    ),
    Command("explain", "commands.explain:explain", "Why a message was sent, or was not."),
    Command(
        "test",
        "testing:play_tests",
        "Play the scenarios beside the rules (`*.test.yaml`) and compare what happens with what"
        " they expect.",
    ),
    Command(
        "simulate",
        "simulate:simulate",
        "Play a log of events: what fires, what is blocked, what comes near, and what goes wrong.",
    ),
    Command(
        "diff",
        "diff:diff",
        "Which messages are added, removed, moved or reworded; ends with 1 if any.",
    ),
    Command(
        "rulesets",
        "commands.rulesets:rulesets",
        "Every revision that was made active: when, by whom, why; the last one holds.",
    ),
    Command(
        "rollback",
        "commands.rollback:rollback",
        "Make an earlier revision the active one again, everywhere at once.",
    ),
    Command("expand", "sentences:expand", "Print a sentence as JsonLogic."),
    Command("say", "sentences:say", "Print JsonLogic as a sentence."),
    Command(
        "schema",
        "schema:schema",
        "Print the JSON Schema of a kind of file, with the events, facts, templates and actions of"
        " this folder.",
    ),
    Command(
        "new-rule",
        "new_rule:new_rule",
        "Write a rule to begin with, its scenario and its template.",
    ),
    Command(
        "plan",
        "commands.plan:plan",
        "Who is waiting, and what these rules would change for them; ends with 1 if anything.",
    ),
    Command("graph", "graph:graph", "Draw rules, or what happened to an order."),
    Command(
        "export",
        "commands.export:export",
        "Write everything that is known of a customer as JSON.",
    ),
    Command(
        "erase",
        "commands.erase:erase",
        "Blank everything that was stated of a customer, drop what is unsent, and say nothing to"
        " them again.",
    ),
    Command(
        "import",
        "",
        "Turn somebody's tables into a log of events.",
        (
            Command(
                "olist",
                "commands.import_olist:import_olist",
                "Write the public Olist tables as a log of events.",
            ),
        ),
    ),
    Command(
        "event",
        "",
        "Events that could not be made sense of.",
        (
            Command(
                "quarantined",
                "commands.quarantined:quarantined",
                "List what could not be made sense of, and why; exits 1 if there is anything.",
            ),
            Command(
                "retry",
                "commands.retry:retry",
                "Try some again, once what broke them is mended; exits 1 if one breaks again.",
            ),
            Command(
                "drop",
                "commands.drop:drop",
                "Let some go: they are not listed again, and are noted in the audit.",
            ),
        ),
    ),
    Command(
        "ledger",
        "",
        "The message ledger.",
        (
            Command(
                "uncertain",
                "commands.uncertain:uncertain",
                "List the messages that may or may not have arrived; exits 1 if there are any.",
            ),
            Command("settle", "commands.settle:settle", "Say what became of an uncertain message."),
        ),
    ),
)
