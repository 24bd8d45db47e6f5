"""What a log of events says of rules that are checked: how often each fires, what is missing."""

from datetime import datetime
from pathlib import Path

from engine.checks.usage import Usage
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Hands
from operations.logs.event_log import BytesRead, lines_of, unwatched
from operations.logs.log_play import LogPlay
from operations.rules.simulated_letters import example


def usage_of(log: Path, ruleset: Ruleset, now: datetime, read: BytesRead = unwatched) -> Usage:
    """The log as these rules would have heard it; `CannotRun` names the line that is no event of
    the catalog.
    """
    usage = Usage(ruleset)
    play = LogPlay(ruleset, Hands(call=example, write=usage.spoken), usage.decided)
    for line in lines_of(log, read):
        play.play_event(line.event(ruleset.catalog, now), line)
    play.end()
    return usage
