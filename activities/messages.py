"""What passes between journeys and activities. It stays in histories as long as journeys live: only
ever add to it.
"""

from dataclasses import dataclass, field
from datetime import datetime

# The names under which activities are known to journeys.
DECIDE = "decide"
SEND_MESSAGE = "send_message"
CALL = "call"
EMIT = "emit"

# What an effect answers when its journey must be asked again: it waits, and nobody has armed a
# timer for it.
HELD = "held"

# What a prompt attempt answers that has not begun: this takes longer than a workflow task should.
LASTS = "lasts"


@dataclass(frozen=True)
class Todo:
    """What a journey has to see to: the kind of every open effect by its key, and when it is due
    next.

    `ends_with_these`: once they are done nothing may be left to wait for, so it has to be asked
    again. `promptly`: whoever answered has room to try what is open at once, inside the workflow
    task.
    """

    open: dict[str, str] = field(default_factory=dict)
    wake_at: datetime | None = None
    ended: bool = False
    ends_with_these: bool = True
    promptly: bool = False
