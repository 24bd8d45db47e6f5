"""A refusal names the lines of the policy table that say no, and nothing personal."""

from engine.catalog.catalog import builtin
from engine.conditions.condition import Finding
from engine.rules.answers import ProofLine
from operations.commands.result import CommandRefused


def test_a_refusal_is_told_with_its_proof() -> None:
    read = Finding(
        "order.express", True, (("order.express", True), ("customer.email", "a@b.example"))
    )
    line = ProofLine("order.express", "answers.yaml:7:13", False, (read,))

    told = CommandRefused("an express order has left already", (line,)).to_json(builtin())

    assert (told["done"], told["reason"]) == (False, "an express order has left already")
    assert told["proof"] == [
        {
            "text": "order.express",
            "gave": False,
            "at": "answers.yaml:7:13",
            "read": {"order.express": True},
            "personal": ["customer.email"],
        }
    ]
