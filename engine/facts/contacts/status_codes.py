"""What the status code of a mail system (RFC 3463), anywhere in a text, says of an address.

| code | says of the address |
|---|---|
| 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10 | nobody is there: `hard` |
| 5.1.0, 5.1.4, 5.2.0, 5.2.1, 5.2.2, 4.2.2 | unclear, or not now, such as a full mailbox: `soft` |
| any other 4.x.x | nothing: it is about the moment, as of greylists and busy servers |
| any other 5.x.x | nothing: it is about the sender, the letter, the way there or their system |
"""

import re
from typing import Literal

# Neither part of an address of the network nor of a version.
_CODE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
_SOFT = frozenset({"5.1.0", "5.1.4", "5.2.0", "5.2.1", "5.2.2", "4.2.2"})


def status_code(text: str) -> str | None:
    """The first status code in a text."""
    code = _CODE.search(text)
    return code[1] if code else None


def said_of_address(text: str) -> Literal["hard", "soft"] | None:
    """What the first status code in a text says of the address."""
    code = status_code(text)
    if code in _HARD:
        return "hard"
    return "soft" if code in _SOFT else None
