"""What becomes of waits, once-keys and effects where two things or two people turn out to be one;
both stores write it.

Nothing is asked anew for it: of two waits, or two keys, that come to be the same, the earlier is
kept, and a key is free when both would have been.
"""

from collections.abc import Iterable

from engine.catalog.rows import changed
from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.facts.identity.aliases import JoinedThing
from engine.facts.identity.persons import JoinedPerson
from engine.facts.naming import Naming, own_id

WaitId = tuple[str, str, int]
KeyId = tuple[str, str, str]


def joined_wait(wait: Firing, join: JoinedThing, naming: Naming) -> Firing:
    """A wait of the home's journey after two things are one."""
    about = join.about(wait.about)
    if about is None or about == wait.about:
        return wait
    return wait.now(about=about, occurrence=join.occurrence(wait.occurrence, naming))


def moved_wait(wait: Firing, join: JoinedPerson, journey: str) -> Firing:
    """A wait of a customer who turned out to be another one, in the other one's journey."""
    kind, thing = wait.about
    about = (kind, own_id(join.into) if kind == "customer" else thing)
    return wait.now(journey=journey, about=about)


def joined_key(key: OnceKey, join: JoinedThing, naming: Naming) -> OnceKey:
    """A once-key of the home, or of its customer, after two things are one; its holder keeps the
    name under which it speaks.
    """
    if not key.holder.startswith(f"{naming.journey(join.home)}/"):
        return key
    value = join.occurrence(key.value, naming)
    return key if value == key.value else changed(key, value=value)


def one_of_each_wait(waits: Iterable[Firing]) -> dict[WaitId, Firing]:
    """Each wait once, the earlier of two of one name."""
    found = dict[WaitId, Firing]()
    for wait in waits:
        other = found.get(wait.wait_id)
        found[wait.wait_id] = min(wait, other, key=_due) if other else wait
    return found


def one_of_each_key(keys: Iterable[OnceKey]) -> dict[KeyId, OnceKey]:
    """Each once-key once, as long as the longer of two of one name."""
    found = dict[KeyId, OnceKey]()
    for key in keys:
        name = key.subject, key.rule_id, key.value
        other = found.get(name)
        found[name] = _joined(key, other) if other else key
    return found


def _due(wait: Firing) -> tuple[object, ...]:
    return wait.due_at, wait.event_at, wait.known_at


def _joined(one: OnceKey, other: OnceKey) -> OnceKey:
    first = min(one, other, key=lambda key: (key.taken_at, key.holder))
    ends = one.free_at and other.free_at and max(one.free_at, other.free_at)
    return changed(first, free_at=ends)
