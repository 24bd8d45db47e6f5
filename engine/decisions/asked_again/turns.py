"""Who has had a turn: the once-keys that are taken, those of this decision among them."""

from collections.abc import Iterable, Mapping

from engine.decisions.asked_again.releases import in_its_place
from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.decisions.once import spellings
from engine.facts.naming import Naming
from engine.facts.views.view import View
from engine.rules.rule import Rule


class Turns:
    """The once-keys of both subjects of a journey."""

    def __init__(self, once: Iterable[OnceKey], naming: Naming) -> None:
        self._naming = naming
        self._taken = {(key.subject, key.rule_id, key.value): key for key in once}
        self._rules = {key.rule_id for key in self._taken.values()}
        self.new: list[OnceKey] = []

    def take(self, key: OnceKey) -> None:
        """A firing takes a key."""
        self.new.append(key)
        self._taken[key.subject, key.rule_id, key.value] = key
        self._rules.add(key.rule_id)

    def holder_of(self, key: OnceKey, rule: Rule, firing: Firing, view: View) -> str | None:
        """Who holds a key at its due moment, or has spoken for the group of its rule; None if it is
        free.
        """
        if not self._taken:
            return None
        return self._taken_by(key, rule, firing, view) or self._spoken_for(rule, firing, view)

    def _taken_by(self, key: OnceKey, rule: Rule, firing: Firing, view: View) -> str | None:
        if self._rules.isdisjoint((firing.rule_id, *_ids(rule))):
            return None
        for name in spellings(rule, firing, view, key, self._naming):
            taken = self._taken.get((key.subject, *name))
            if taken and (taken.free_at is None or taken.free_at > key.taken_at):
                return taken.holder
        return None

    def _spoken_for(self, rule: Rule, firing: Firing, view: View) -> str | None:
        """Who holds the key of another member of the group for the same cause: whichever member
        holds by now, the group has had its turn.
        """
        if rule.group is None or firing.due.is_released:
            return None
        held: Mapping[tuple[str, str], OnceKey] = {
            (key.rule_id, key.holder): key for key in self._taken.values()
        }
        for name in view.ruleset.policies.groups.get(rule.group, ()):
            other = view.ruleset.rules.get(name)
            if other is None or other is rule or self._rules.isdisjoint(_ids(other)):
                continue
            there = in_its_place(firing, other, view, self._naming)
            if there and any((one, there.holder) in held for one in _ids(other)):
                return there.holder
        return None


def _ids(rule: Rule) -> tuple[str, ...]:
    """The ids under which a rule may have taken keys."""
    former = rule.label.renamed_from
    return (rule.id, former) if former else (rule.id,)
