"""What status codes say of an address."""

import pytest

from engine.facts.contacts.status_codes import said_of_address


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("550 5.1.1 nobody of that name", "hard"),
        ("550-5.1.1 The email account does not exist", "hard"),
        ("smtp; 550 #5.1.2 no such domain", "hard"),
        ("556 5.1.10 null MX", "hard"),
        ("550 5.1.6 has moved", "hard"),
        ("550 5.1.0 rejected", "soft"),
        ("550 5.2.1 is receiving mail too quickly", "soft"),
        ("552 5.2.2 over quota", "soft"),
        ("452 4.2.2 over quota", "soft"),
        ("(5.2.2)", "soft"),
        ("450 4.1.1 not verified yet", None),
        ("450 4.2.0 greylisted", None),
        ("450 4.2.1 too quickly", None),
        ("451 4.7.1 greylisted", None),
        ("421 4.3.2 closing", None),
        ("550 5.1.8 your own domain", None),
        ("550 5.1.11 unheard of", None),
        ("552 5.2.3 too long for the mailbox", None),
        ("550 5.7.1 blocked, see 5.1.1", None),
        ("554 from 10.5.1.1 and 5.1.1.3 to 15.1.1", None),
        ("250 2.1.5 ok", None),
        ("over quota", None),
    ],
)
def test_only_codes_of_the_mailbox_say_something_of_it(text: str, says: str | None) -> None:
    assert said_of_address(text) == says
