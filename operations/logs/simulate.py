"""What the rules would have said to everybody in a log of events, and why not."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from engine.backtests.simulation import Simulation
from engine.rules.ruleset import Ruleset
from operations.logs.event_log import BytesRead, lines_of, unwatched
from operations.logs.log_play import LogPlay, undisturbed
from operations.rules.simulated_letters import example, lacks


def simulate(
    log: Path,
    ruleset: Ruleset,
    now: datetime,
    *,
    compare_reviews: bool = False,
    read: BytesRead = unwatched,
) -> Simulation:
    """The counts of a whole log; `CannotRun` names the line that is no event of the catalog."""
    simulation = Simulation(ruleset, example)
    play = LogPlay(ruleset, replace(simulation.hands, lacks=lacks), simulation.tally.decided)
    with undisturbed():
        for line in lines_of(log, read):
            event = line.event(ruleset.catalog, now)
            simulation.note_event(event)
            if compare_reviews:
                simulation.shops.note_event(event, line.raw)
            play.play_event(event, line)
    play.end()
    return simulation
