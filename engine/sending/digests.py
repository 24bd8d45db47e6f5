"""Which of a customer's waiting messages leave as one: those that had to wait for room, once there
is some.

The first of them becomes the carrier. It leaves in the words of the digest's template and counts
once; the others are in it and end as `digested`. Messages that are fewer than `at_least` leave each
on its own.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.catalog.calendar import minute_end, next_clock
from engine.decisions.reason import Reason
from engine.rules.policies import Digest, Policies
from engine.sending.gates import Allowed, Candidate, Customer, Held, Verdict, in_order, settle

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DigestCandidates:
    """Messages that leave as one, at `leaves_at` on this channel; `keys` are those of
    all of them.
    """

    carrier: Candidate
    carried: tuple[Candidate, ...]
    channel: str
    leaves_at: datetime

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all messages in it."""
        return frozenset({self.carrier.key, *(one.key for one in self.carried)})


def settle_together(
    customer: Customer, message: Candidate, policies: Policies, parts: frozenset[str], now: datetime
) -> Verdict:
    """As `settle`, where several that waited for room leave as one; `parts` are the channels of the
    digest's template.

    The answer is the same whichever of them is asked first: only the carrier is allowed, and the
    others wait for it.
    """
    digest = policies.digest
    if digest is None:
        return settle(customer, message, policies, now)
    found = _Gatherer(customer, policies, digest, parts=parts, now=now).gathering(message)
    if found is None:
        return settle(customer, message, policies, now)
    is_due = found.leaves_at <= now
    if message.key not in found.keys:
        # The digest takes room once, and none before it leaves.
        taking = {found.carrier.key} if is_due else set()
        rivals = tuple(one for one in customer.rivals if one.key not in found.keys - taking)
        return settle(replace(customer, rivals=rivals), message, policies, now)
    if not is_due:
        return Held(minute_end(found.leaves_at), Reason.DIGESTED, digest.template)
    if message.key != found.carrier.key:
        return Held(minute_end(now), Reason.DIGESTED, found.carrier.key)
    return Allowed(found.channel, digest.template, tuple(one.key for one in found.carried))


def settled_aboard(
    customer: Customer, message: Candidate, channel: str, policies: Policies, now: datetime
) -> Verdict:
    """Whether a message may be in a digest that leaves on this channel: as if it left
    alone, now.
    """
    channels = (channel,) if channel in message.channels else ()
    return settle(
        replace(customer, rivals=()),
        replace(message, channels=channels, settles_at=now),
        policies,
        now,
    )


@dataclass(frozen=True, slots=True)
class _Gatherer:
    """What a gathering is made of: the customer, the rules of the digest, the moment."""

    customer: Customer
    policies: Policies
    digest: Digest
    parts: frozenset[str]
    now: datetime

    def gathering(self, message: Candidate) -> DigestCandidates | None:
        """The digest of all that waits for this customer, None if there is none now."""
        every = (message, *self.customer.rivals)
        waiting = [
            one for one in every if one.awaits_room and one.category.id in self.digest.categories
        ]
        if len(waiting) < self.digest.at_least:
            return None
        for carrier in in_order(waiting, self.policies):
            # A message that still sleeps cannot lead the others; it may be carried.
            found = (
                self._led_by(carrier, waiting, every) if carrier.settles_at <= self.now else None
            )
            if found and len(found.keys) >= self.digest.at_least:
                return found
        return None

    def _led_by(
        self, carrier: Candidate, waiting: list[Candidate], every: tuple[Candidate, ...]
    ) -> DigestCandidates | None:
        shown = replace(
            carrier, channels=tuple(one for one in carrier.channels if one in self.parts)
        )
        if (channel := self.customer.channel_for(shown)) is None:
            return None
        leaves_at = self._leaves_at(carrier)
        until = minute_end(leaves_at) if leaves_at > self.now else self.now
        lasting = [one for one in waiting if one.valid_until > until]
        carried = tuple(
            one for one in lasting if one.key != carrier.key and self._fits(one, channel)
        )
        found = DigestCandidates(carrier, carried, channel, leaves_at)
        others = tuple(one for one in every if one.key not in found.keys)
        alone = replace(self.customer, rivals=others)
        leads = settle(alone, replace(shown, channels=(channel,)), self.policies, self.now)
        return found if carrier in lasting and isinstance(leads, Allowed) else None

    def _fits(self, message: Candidate, channel: str) -> bool:
        return isinstance(
            settled_aboard(self.customer, message, channel, policies=self.policies, now=self.now),
            Allowed,
        )

    def _leaves_at(self, carrier: Candidate) -> datetime:
        """The digest's time of day, from the minute in which there was room; at once for one that
        has waited for it.
        """
        if self.digest.send_at is None or carrier.has_digest_waited:
            return self.now
        return next_clock(carrier.settles_at - _MINUTE, self.digest.send_at, self.customer.zones[0])
