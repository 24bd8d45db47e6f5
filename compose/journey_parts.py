"""What the activities of a worker are made from, and the activities made from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activities.actions.registry import Registry
from activities.actions.shop_system import ShopSystem
from activities.actions.team_mail import TeamMail
from activities.call import CallActivity
from activities.channels.letters import Letters
from activities.channels.port import Provider
from activities.decide import Decide
from activities.emit import EmitActivity
from activities.send_message import SendMessage
from engine.facts.naming import Naming
from store.ports import Store


@dataclass(frozen=True, slots=True)
class JourneyParts:
    """`providers` by channel; `ring` tells the relay of this process that somebody may have to be
    woken; `system` is the shop's own, `team_address` that of the team, where there is one.
    """

    store: Store
    naming: Naming
    registry: Registry
    providers: Mapping[str, Provider]
    letters: Letters
    ring: Callable[[], None]
    system: ShopSystem | None = None
    team_address: str = ""

    def activities(self) -> Sequence[Callable[..., Any]]:
        """Everything that Temporal may call here."""
        mails = self.providers.get("email") if self.team_address else None
        team = TeamMail(mails, self.team_address) if mails else None
        calls = CallActivity(self.store, self.registry, self.system, team)
        send = SendMessage(self.store, self.providers, self.letters, calls.run)
        return (
            Decide(self.store.journeys, self.naming, send.slots.admits).decide,
            send.send_message,
            calls.call,
            EmitActivity(self.store, self.ring).emit,
        )
