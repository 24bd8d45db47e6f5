"""The table of commands: which module has a command, so that no other is imported."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table of commands: its name, its line of help, and its module.

    The module is in a room of `cli.commands`, and its function has the same name; without one it is
    the command's own name. A group has `commands` instead; a command of it that has a `flag` is
    called by that as well: `purna import --history LOG`. The `default` of a group is the command of
    it that is meant where none is named.
    """

    name: str
    help: str
    module: str = ""
    commands: tuple[Self, ...] = ()
    room: str = ""
    flag: str = ""
    default: str = ""

    @property
    def function(self) -> str:
        """The name of its function, which is that of its module too."""
        return self.module or self.name.replace("-", "_")

    @property
    def place(self) -> str:
        """Its module by the dotted name."""
        return f"cli.commands.{self.room}.{self.function}"


# Each line of help is the first sentence of the function's docstring; a test compares them.
COMMANDS = (
    Command(
        "init",
        "Write a folder of your own: rules to begin with, templates, tests and settings.",
        room="rules",
    ),
    Command("run", "Start everything on this machine and stay up.", room="installation"),
    Command(
        "demo",
        "Play a log on real parts and judge what was sent: lost, twice, or unexpected.",
        room="logs",
    ),
    Command(
        "check",
        "Tell everything that is wrong with a folder of rules; docs/checks explains each code.",
        room="rules",
    ),
    Command(
        "publish",
        "Check a folder of rules, play its tests, show what changes, ask, and make it the active"
        " revision; a bad one changes nothing.",
        room="installation",
    ),
    Command(
        "migrate",
        "Bring the tables of PURNA_DATABASE_URL, or of the purna that runs here, up to date.",
        room="installation",
    ),
    Command(
        "doctor",
        "Examine database, tables, rules, Temporal, secrets, mail and clocks, and tell what to do.",
        room="installation",
    ),
    Command(
        "ask",
        "What a policy answers about an order, item, return, subscription or customer, and why.",
        room="customers",
    ),
    Command("explain", "Why a message was sent, or was not.", room="customers"),
    Command(
        "show",
        "What is known of one order or one customer.",
        commands=(
            Command(
                "order",
                "What is known of an order and its parcels, what waits, what was sent or not and"
                " why.",
                module="show_order",
                room="customers",
            ),
            Command(
                "customer",
                "What is known of a customer, what waits, what was sent or not and why, and what is"
                " silent.",
                module="show_customer",
                room="customers",
            ),
        ),
    ),
    Command(
        "test",
        "Play the scenarios beside the rules (`*.test.yaml`) and compare what happens with what"
        " they expect.",
        module="play_tests",
        room="rules",
    ),
    Command(
        "simulate",
        "Play a log of events: what fires, what is blocked, what comes near, and what goes wrong.",
        room="logs",
    ),
    Command(
        "diff",
        "What two folders or revisions say differently, and with a log which messages; ends with 1"
        " if any.",
        room="logs",
    ),
    Command(
        "rulesets",
        "The revisions that were published: list them, show one, write one to a folder.",
        default="list",
        commands=(
            Command(
                "list",
                "Every revision that was made active: when, by whom, why; the last one holds.",
                module="rulesets",
                room="installation",
            ),
            Command(
                "show",
                "What a revision says, when it was active, and what it changed.",
                module="show_revision",
                room="installation",
            ),
            Command(
                "export",
                "Write the files of a revision to a new folder.",
                module="export_revision",
                room="installation",
            ),
        ),
    ),
    Command(
        "resume",
        "At each start: make the rules of a folder the active ones, unless a person published or"
        " took back others.",
        room="installation",
    ),
    Command(
        "rollback",
        "Make an earlier revision the active one again, everywhere at once.",
        room="installation",
    ),
    Command("expand", "Print a sentence as JsonLogic.", room="rules"),
    Command("say", "Print JsonLogic as a sentence.", room="rules"),
    Command(
        "schema",
        "Print the JSON Schema of a kind of file, with the events, facts, templates and actions of"
        " this folder.",
        room="rules",
    ),
    Command(
        "events",
        "List the events that rules may name: what each is about and what it means.",
        room="rules",
    ),
    Command(
        "facts",
        "List the facts that conditions may read: the type, the default and the meaning of each.",
        room="rules",
    ),
    Command("new-rule", "Write a rule to begin with, its scenario and its template.", room="rules"),
    Command(
        "plan",
        "Who is waiting, and what these rules would change for them; ends with 1 if anything.",
        room="installation",
    ),
    Command("graph", "Draw rules, or what happened to an order.", room="rules"),
    Command(
        "find",
        "Who has a mail address or a phone number, or had it, and which orders are theirs.",
        room="customers",
    ),
    Command("export", "Write everything that is known of a customer as JSON.", room="customers"),
    Command(
        "export-log",
        "Write every event that was reported as JSON Lines, as `simulate` and `import` read them.",
        room="logs",
    ),
    Command(
        "erase",
        "Blank everything that was stated of a customer, drop what is unsent, and say nothing to"
        " them again.",
        room="customers",
    ),
    Command(
        "import",
        "Take in what happened before, or turn somebody's tables into a log of events.",
        commands=(
            Command(
                "history",
                "Take a log in as history: its facts and counts are known, and nothing is done"
                " about it.",
                module="import_history",
                room="logs",
                flag="--history",
            ),
            Command(
                "olist",
                "Write the public Olist tables as a log of events.",
                module="import_olist",
                room="logs",
            ),
        ),
    ),
    Command(
        "address",
        "Addresses, and what came back from them.",
        commands=(
            Command(
                "show",
                "What came back from an address, and whether messages are still sent there.",
                module="show_address",
                room="customers",
            ),
            Command(
                "revive",
                "Send to an address again, whatever came back from it; a new bounce ends it anew.",
                module="revive_address",
                room="customers",
            ),
        ),
    ),
    Command(
        "event",
        "Events that could not be made sense of, or that wait for the thing they are about.",
        commands=(
            Command(
                "quarantined",
                "List what could not be made sense of, and why; exits 1 if there is anything.",
                room="ledger",
            ),
            Command(
                "unplaced",
                "List what waits for a thing nobody has told of; exits 1 if there is anything.",
                room="ledger",
            ),
            Command(
                "retry",
                "Try some again, once what broke them is mended; exits 1 if one breaks again.",
                room="ledger",
            ),
            Command(
                "drop",
                "Let some go: they are not listed again, and are noted in the audit.",
                room="ledger",
            ),
        ),
    ),
    Command(
        "ledger",
        "The message ledger.",
        commands=(
            Command(
                "uncertain",
                "List the messages that may or may not have arrived; exits 1 if there are any.",
                room="ledger",
            ),
            Command("settle", "Say what became of an uncertain message.", room="ledger"),
            Command(
                "list",
                "List what failed, or is in another state, and why; exits 1 if there is anything.",
                module="list_effects",
                room="ledger",
            ),
            Command(
                "retry",
                "Try what failed again: one by its key, or all of a rule; exits 1 if one is not.",
                module="retry_effects",
                room="ledger",
            ),
            Command(
                "sent",
                "After a backup was restored: say by a log which messages have left, so that none"
                " leaves again.",
                module="note_left",
                room="ledger",
            ),
        ),
    ),
)
