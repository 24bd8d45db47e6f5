"""Two plays of one test: whether both came to the same, and what only one of them did."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from engine.scenarios.comparison import TestVerdict, compared
from engine.scenarios.happenings import PlayedDeed
from engine.scenarios.play import Played
from engine.scenarios.report import did, differences
from engine.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Apart:
    """What the live and the simulated play of a test tell differently, a line each."""

    scenario: Scenario
    live: tuple[str, ...]
    simulated: tuple[str, ...]

    @property
    def is_there(self) -> bool:
        """Whether they differ at all."""
        return bool(self.live or self.simulated)

    def text(self) -> str:
        """For a person."""
        head = f"✗ {self.scenario.position.file}:{self.scenario.position.line} {self.scenario.name}"
        lines = [*(f"  live only       {one}" for one in self.live)]
        lines += [f"  simulated only  {one}" for one in self.simulated]
        return "\n".join([f"{head}: played live it comes to something else than simulated", *lines])


def apart(live: Played, simulated: Played) -> Apart:
    """Every line that does not come true, and every deed with its moment, that only one of two
    plays has; then also what only one of them decided, and what became of it.
    """
    found = _only(_lines(live), _lines(simulated))
    if any(found):
        why = _only(_reasons(live), _reasons(simulated))
        found = found[0] + why[0], found[1] + why[1]
    return Apart(simulated.scenario, *found)


def _only(live: Iterable[str], simulated: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    one, other = Counter(live), Counter(simulated)
    return tuple((one - other).elements()), tuple((other - one).elements())


def _lines(played: Played) -> Iterator[str]:
    verdict: TestVerdict = compared(played.scenario, played.seen)
    yield from differences(verdict)
    yield from (did(_comparable(deed), played.scenario) for deed in played.deeds)


def _reasons(played: Played) -> Iterator[str]:
    for one in played.decisions:
        yield f"decided         {one.rule_id} at {one.at:%Y-%m-%d %H:%M}: {one.reason or 'acts'}"
    for effect in played.effects:
        at = f" at {effect.settled_at:%Y-%m-%d %H:%M}" if effect.settled_at else ""
        yield f"in the ledger   {effect.firing.rule_id} {effect.name}: {effect.state}{at}"


def _comparable(deed: PlayedDeed) -> PlayedDeed:
    """What it says is compared where a line asks for it: a link names the shop."""
    return replace(deed, message=replace(deed.message, words=""))
