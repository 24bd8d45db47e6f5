"""What becomes of waits, once-keys and effects where two things or two people turn out to be one;
both stores write it.

Nothing is asked anew for it: of two waits, or two keys, that come to be the same, the earlier is
kept, but the key of what has been said before that of what has not; a key is free when both would
have been. What the other firing has not said yet it does not say any more.
"""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from engine.catalog.rows import changed
from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.facts.identity.aliases import JoinedThing
from engine.facts.identity.persons import JoinedPerson
from engine.facts.naming import Naming, own_id

WaitId = tuple[str, str, int]
KeyId = tuple[str, str, str]
# A rule, and a firing of it as its once-keys name it.
KeyHolder = tuple[str, str]


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


def one_of_each_key(
    keys: Iterable[OnceKey], spoken: AbstractSet[KeyHolder] = frozenset()
) -> dict[KeyId, OnceKey]:
    """Each once-key once, as long as the longest of those of one name; of a firing that has
    `spoken` rather than of another.
    """
    return {name: _joined(same, spoken) for name, same in _by_name(keys).items()}


def crossing_holders(keys: Iterable[OnceKey]) -> frozenset[KeyHolder]:
    """The firings that hold a once-key which another one holds too."""
    return frozenset(_holder(key) for same in _by_name(keys).values() if same[1:] for key in same)


def left_over(
    keys: Iterable[OnceKey], spoken: AbstractSet[KeyHolder] = frozenset()
) -> frozenset[KeyHolder]:
    """The firings that are not to say any more what another one says under the same once-key."""
    return frozenset(
        _holder(key)
        for same in _by_name(keys).values()
        for first in (_first(same, spoken),)
        for key in same
        if key.holder != first.holder and _is_taken(first, key) and _is_taken(key, first)
    )


def _by_name(keys: Iterable[OnceKey]) -> dict[KeyId, list[OnceKey]]:
    found: dict[KeyId, list[OnceKey]] = defaultdict(list)
    for key in keys:
        found[key.subject, key.rule_id, key.value].append(key)
    return found


def _holder(key: OnceKey) -> KeyHolder:
    return key.rule_id, key.holder


def _is_taken(one: OnceKey, other: OnceKey) -> bool:
    """Whether a key is not free yet where another firing has taken it."""
    return one.free_at is None or one.free_at > other.taken_at


def _due(wait: Firing) -> tuple[object, ...]:
    return wait.due_at, wait.event_at, wait.known_at


def _first(same: Iterable[OnceKey], spoken: AbstractSet[KeyHolder]) -> OnceKey:
    return min(same, key=lambda key: (_holder(key) not in spoken, key.taken_at, key.holder))


def _joined(same: list[OnceKey], spoken: AbstractSet[KeyHolder]) -> OnceKey:
    ends = [key.free_at for key in same if key.free_at]
    free_at = max(ends) if len(ends) == len(same) else None
    return changed(_first(same, spoken), free_at=free_at)
