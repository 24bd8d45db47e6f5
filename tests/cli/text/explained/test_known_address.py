"""An address, in a terminal."""

from datetime import UTC, datetime

from cli.text.explained.known_address import address_lines
from engine.facts.contacts.bounces import Bounce
from operations.subjects.address import KnownAddress

ANA = "ana@example.com"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_address_that_nothing_came_back_from_says_so() -> None:
    (line,) = address_lines(KnownAddress(ANA, ()))

    assert line == "ana@example.com: nothing came back from it, messages are sent there"


def test_what_came_back_stands_with_its_time_as_people_read_it() -> None:
    bounced = Bounce(ANA, "hard", NOON, "550 unknown")

    assert list(address_lines(KnownAddress(ANA, (bounced,)))) == [
        "ana@example.com: nothing is sent there; purna address revive sends again",
        "  2 Mar 2026 12:00 UTC  came back for good  550 unknown",
    ]
