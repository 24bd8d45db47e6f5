"""The gates: consent, suppression, holdout, cap, quiet hours, in that order."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from engine.catalog.calendar import add, earliest_send, minute_end
from engine.catalog.rows import changed, row
from engine.catalog.values import Duration
from engine.decisions.reason import Reason
from engine.facts.contacts.consents import newest_word, stop_on, yes_on
from engine.facts.contacts.readers import Reader
from engine.facts.history import Happening
from engine.facts.state import State
from engine.facts.subjects import Suppression
from engine.facts.views.silences import holds
from engine.rules.policies import Cap, Category, Holdout, Policies

_A_DAY = timedelta(days=1)


@row
class Allowed:
    """It may leave now, on this channel; as a digest in the words of `shown`, which `carries` other
    messages too.

    `arguments` are those of an action that reads what calls answered, None where the ones it was
    decided with hold.
    """

    channel: str
    shown: str | None = None
    carries: tuple[str, ...] = ()
    arguments: Mapping[str, Any] | None = field(default=None, hash=False)


@row
class Held:
    """It waits and is asked again at `until`; without a reason for the time of day at which it is
    to leave.
    """

    until: datetime
    reason: Reason | None
    by: str | None = None


@row
class Dropped:
    """It will not be sent."""

    reason: Reason
    by: str | None = None


Verdict = Allowed | Held | Dropped


@row
class Candidate:
    """A message that may leave, as the gates see it; `channels` in order of preference, each with a
    template part.

    `settles_at` is the end of the minute in which messages under a cap are weighed against each
    other. One that `awaits_room` may leave in a digest; `has_digest_waited` says that it has waited
    for the digest's time of day too, `has_awaited_address` that it has waited for an address.
    """

    key: str
    rule_id: str
    category: Category
    channels: tuple[str, ...]
    due_at: datetime
    valid_until: datetime
    settles_at: datetime
    order: str | None = None
    product: str | None = None
    awaits_room: bool = False
    has_digest_waited: bool = False
    has_awaited_address: bool = False


@row
class Sent:
    """A message that counts under a cap, from when; one that is about to leave counts from now."""

    category: str
    at: datetime | None = None


@row
class Customer:
    """The customer as the gates see them: where they are, how to reach them, what they allowed and
    already heard.

    `unaddressed` are the channels on which no address is known yet, `unusable` says why each
    channel without an address that can be used has none; `readers` are others who are, or were,
    read at one of the addresses.
    """

    id: str | None
    state: State | None
    zones: tuple[str, ...]
    addresses: Mapping[str, str]
    silences: tuple[Suppression, ...] = ()
    history: tuple[Happening, ...] = ()
    sent: tuple[Sent, ...] = ()
    rivals: tuple[Candidate, ...] = ()
    unaddressed: frozenset[str] = frozenset()
    unusable: Mapping[str, str] = field(default_factory=dict)
    readers: tuple[Reader, ...] = ()

    def consents_to(self, category: Category, channel: str) -> bool:
        """Marketing needs a yes; the rest only that nobody said no to this very category.

        Marketing that needs no yes still heeds a no to everything, such as a complaint. Of others
        who are read at the address only a no counts, until this customer has said yes. Whatever
        leaves by a channel heeds a stop on it.
        """
        if self._is_stopped(category, channel):
            return False
        is_marketing = category.consent == "opt_in" or category.kind == "marketing"
        heeds = (category.id, "*") if is_marketing else (category.id,)
        word = newest_word(self.state, heeds, channel)
        if (word is None and category.consent == "opt_in") or (word is not None and not word[0]):
            return False
        address, since = self.addresses.get(channel, ""), word[1] if word else ""
        declined = (one.declined_at(address, heeds, channel) for one in self.readers)
        return all(at is None or at < since for at in declined)

    def _is_stopped(self, category: Category, channel: str) -> bool:
        """Whether this customer, or somebody else who is read at the address, has said stop on a
        channel: nothing goes there until this customer says yes to it, or to the category on it.
        """
        address = self.addresses.get(channel, "")
        yes = yes_on(self.state, category.id, channel)
        stops = (one.stopped_at(address, channel) for one in self.readers)
        return any(at is not None and at >= yes for at in (stop_on(self.state, channel), *stops))

    def channel_for(self, message: Candidate) -> str | None:
        """The first channel with a template part, an address and consent."""
        reachable = (channel for channel in message.channels if channel in self.addresses)
        return next(
            (channel for channel in reachable if self.consents_to(message.category, channel)), None
        )

    def why_silent(self, message: Candidate) -> Reason:
        """Why no channel carries a message: no consent where there is an address, or there is none
        to consent for.
        """
        reachable = [
            channel for channel in message.channels if channel in self.addresses
        ] or message.channels
        consents = any(self.consents_to(message.category, channel) for channel in reachable)
        return Reason.NO_CHANNEL if consents or not reachable else Reason.NO_CONSENT

    def what_lacks(self, message: Candidate) -> str:
        """What each channel of a message lacks: `sms: no provider, email: dead address`."""
        lacking = (
            f"{channel}: {self.unusable.get(channel, 'no address in time')}"
            for channel in message.channels
        )
        return ", ".join(lacking) or "no template part"

    def may_get_address(self, message: Candidate) -> bool:
        """Whether all that a message lacks is an address: nobody has stated any yet that its
        channels could use, not even one that is dead.
        """
        is_awaited = bool(message.channels) and self.unaddressed.issuperset(message.channels)
        return is_awaited and self.why_silent(message) is Reason.NO_CHANNEL

    def silenced(self, message: Candidate, now: datetime) -> Suppression | None:
        """The silence that covers a message: across the customer, or of its order; of several
        always the same.
        """
        covering = [
            silence
            for silence in self.silences
            if _covers(silence, message) and holds(silence, self.history, now)
        ]
        covering += [
            silence
            for one in self.readers
            for silence in one.silences
            if _covers(silence, message)
            and one.had(self.addresses.values(), silence.starts_at)
            and holds(silence, one.history, now)
        ]
        return min(covering, key=attrgetter("key"), default=None)


def _covers(silence: Suppression, message: Candidate) -> bool:
    return (
        message.category.id in silence.categories
        and silence.product in (None, message.product)
        and (silence.across_customer or silence.order is None or silence.order == message.order)
    )


def settle(customer: Customer, message: Candidate, policies: Policies, now: datetime) -> Verdict:
    """Whether a message may leave now, waits, or never will; each answer names its reason."""
    ignores = message.category.ignores
    if message.valid_until <= now:
        return _too_old(customer, message)
    if customer.id is None:
        return Held(message.valid_until, Reason.UNKNOWN_CUSTOMER)
    if (channel := customer.channel_for(message)) is None:
        return _unreached(customer, message)
    if "suppress" not in ignores and (silence := customer.silenced(message, now)):
        return Dropped(Reason.SUPPRESSED_BY, silence.rule_id)
    if (
        "holdout" not in ignores
        and policies.holdout
        and holds_out(policies.holdout, customer.id, message.category.id)
    ):
        return Dropped(Reason.HOLDOUT)
    if is_weighed(message.category, policies) and (
        weighed := _weighed(customer, message, policies, now)
    ):
        return weighed
    if "quiet_hours" not in ignores and (quiet := _quiet(customer, channel, policies, now)):
        return quiet
    return Allowed(channel)


def _unreached(customer: Customer, message: Candidate) -> Held | Dropped:
    """No channel carries it: it waits where nobody has stated an address yet."""
    if customer.may_get_address(message):
        return Held(message.valid_until, Reason.NO_CHANNEL, customer.what_lacks(message))
    why = customer.why_silent(message)
    return Dropped(why, customer.what_lacks(message) if why is Reason.NO_CHANNEL else None)


def _too_old(customer: Customer, message: Candidate) -> Dropped:
    """What has waited for an address all the time says so."""
    if message.has_awaited_address:
        return Dropped(Reason.NO_CHANNEL, customer.what_lacks(message))
    return Dropped(Reason.EXPIRED)


def holds_out(holdout: Holdout, customer_id: str, category: str) -> bool:
    """Whether this customer belongs to the share that never hears of this category; the same answer
    for ever.
    """
    if category not in holdout.categories:
        return False
    digest = hashlib.sha256(f"{holdout.salt}\x00{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < holdout.percent / 100 * 2**64


def is_weighed(category: Category, policies: Policies) -> bool:
    """Whether messages of this category are weighed against others: a cap counts them, or a mix."""
    if "cap" in category.ignores:
        return False
    return any(
        category.id in one.categories
        for counted in (policies.caps, policies.mix)
        for one in counted
    )


def room_at(cap: Cap, sent: Iterable[Sent], now: datetime) -> datetime:
    """When a cap next has room for one more; `now` if it has."""
    if cap.at_most < 1:
        return now + cap.per.nominal
    counted = sorted(
        at
        for one in sent
        if one.category in cap.categories and (at := one.at or now) + cap.per.nominal > now
    )
    return (
        now if len(counted) < cap.at_most else counted[len(counted) - cap.at_most] + cap.per.nominal
    )


def _weighed(
    customer: Customer, message: Candidate, policies: Policies, now: datetime
) -> Held | Dropped | None:
    """Messages are weighed once a minute, all that are due in it together, the most
    worthy first.
    """
    if now < message.settles_at:
        return Held(message.settles_at, Reason.CAPPED)
    sent = _with_those_ahead(customer, message, policies, now)
    zone = customer.zones[0]
    return _capped(message, policies, sent, GateMoment(now, zone)) or _mixed(
        message, policies, sent, GateMoment(now, zone)
    )


@row
class GateMoment:
    """Now, and the zone in which days are counted."""

    now: datetime
    zone: str

    def gives_up_at(self, message: Candidate, *waits: Duration | None) -> datetime:
        """Until when a message waits for room: the earlier of its own time and that of whatever
        holds it.
        """
        ends = [add(message.due_at, wait, self.zone) for wait in waits if wait]
        return min([*ends, message.valid_until])


def _mixed(
    message: Candidate, policies: Policies, sent: tuple[Sent, ...], at: GateMoment
) -> Held | Dropped | None:
    """Never two in a row of a mix among the marketing sent, until the last one is forgotten; asked
    again every day.
    """
    marketing = {category.id for category in policies.categories if category.kind == "marketing"}
    last = max(
        ((one.at or at.now, one.category) for one in sent if one.category in marketing),
        default=None,
    )
    for mix in policies.mix:
        if last is None or not {last[1], message.category.id} <= set(mix.categories):
            continue
        forgotten_at = (
            add(last[0], mix.forgotten_after, at.zone)
            if mix.forgotten_after
            else datetime.max.replace(tzinfo=UTC)
        )
        if forgotten_at <= at.now:
            continue
        gives_up_at = at.gives_up_at(message, mix.valid_for)
        if mix.then == "drop":
            return Dropped(Reason.MIXED)
        if gives_up_at <= at.now:
            return Dropped(Reason.EXPIRED)
        return Held(min(minute_end(at.now + _A_DAY), forgotten_at, gives_up_at), Reason.MIXED)
    return None


def _capped(
    message: Candidate, policies: Policies, sent: tuple[Sent, ...], at: GateMoment
) -> Held | Dropped | None:
    """Whether a cap that counts this message has room for one more."""
    now = at.now
    caps = [cap for cap in policies.caps if message.category.id in cap.categories]
    full = [(cap, free_at) for cap in caps if (free_at := room_at(cap, sent, now)) > now]
    if not full:
        return None
    if any(cap.then == "drop" for cap, _ in full):
        return Dropped(Reason.CAPPED)
    gives_up_at = at.gives_up_at(message, *(cap.valid_for for cap, _ in full))
    if gives_up_at <= now:
        return Dropped(Reason.EXPIRED)
    return Held(min(minute_end(max(free_at for _, free_at in full)), gives_up_at), Reason.CAPPED)


def _with_those_ahead(
    customer: Customer, message: Candidate, policies: Policies, now: datetime
) -> tuple[Sent, ...]:
    """What counts already, and what every better rival of the same minute will take first."""
    sent = customer.sent
    for rival in in_order(customer.rivals, policies):
        if not _is_ahead(rival, message, policies) or rival.settles_at > message.settles_at:
            continue
        alone = changed(customer, rivals=(), sent=sent)
        if isinstance(settle(alone, rival, policies, now), Allowed):
            sent = (*sent, Sent(rival.category.id))
    return sent


def in_order(messages: Iterable[Candidate], policies: Policies) -> list[Candidate]:
    """The messages of one minute, the most worthy first."""
    return sorted(messages, key=lambda one: _precedence(one, policies))


def _is_ahead(one: Candidate, other: Candidate, policies: Policies) -> bool:
    return _precedence(one, policies) < _precedence(other, policies)


def _precedence(one: Candidate, policies: Policies) -> tuple[int, datetime, str, str, str]:
    return policies.worth(one.category.id), one.due_at, one.rule_id, one.order or "", one.key


def _quiet(
    customer: Customer, channel: str, policies: Policies, now: datetime
) -> Held | Dropped | None:
    quiet = policies.quiet_hours
    if quiet is None or channel not in quiet.channels:
        return None
    send_at = earliest_send(now, quiet, customer.zones)
    if send_at <= now:
        return None
    return Held(send_at, Reason.HELD_QUIET) if quiet.then == "hold" else Dropped(Reason.HELD_QUIET)
