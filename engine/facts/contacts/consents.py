"""What a customer allows, by category and channel, as their state keeps it.

A word is `[is_allowed, at]` under `category|channel`; `*` stands for every category or channel.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.catalog.catalog import builtin
from engine.catalog.values import instant, loosely
from engine.facts.events import EARLIEST, Event
from engine.facts.state import State

_EVERY = "*"
_COMPLAINED = "message.complained"
_GIVEN_AT = "consent.given_at"
_MOMENT = builtin().facts[_GIVEN_AT].type
# Where a day or a local time comes first: a yes is not newer than it can be.
_FIRST_ZONE = "Etc/GMT-14"
_Words = Mapping[str, list[Any]]


def is_about_consent(event: str) -> bool:
    """Whether an event of this type changes what a customer allows."""
    return event.startswith(("consent.", _COMPLAINED))


def note_consent(customer: State, event: Event) -> None:
    """What an event says of consent into the state of its customer, which must be a fresh copy.

    Consent without a category is for all of them; a complaint ends all marketing. A sender that
    states its old record again tells when consent was given: a no since then holds.
    """
    words = _words(customer)
    data = {} if event.type == _COMPLAINED else event.data
    key = _key(data.get("consent.category", _EVERY), data.get("consent.channel", _EVERY))
    new = [event.type == "consent.given", _said_at(event)]
    old = words.get(key)
    word = new if old is None or _weight(new) > _weight(old) else old
    customer["consents"] = {**words, key: word}


def allowing(customer: State, categories: Iterable[str], at: str) -> State:
    """The state of a customer who allowed these categories, and no others, on every channel."""
    words = {_key(category, _EVERY): [True, at] for category in categories}
    return {**customer, "consents": words}


def consent_of(customer: State | None, categories: tuple[str, ...], channel: str) -> bool | None:
    """The newest word on any of these categories (`*`: all of them) on a channel; None if nothing
    was said.
    """
    word = newest_word(customer, categories, channel)
    return bool(word[0]) if word else None


def newest_word(
    customer: State | None, categories: tuple[str, ...], channel: str
) -> tuple[bool, str] | None:
    """As `consent_of`, with the instant at which it was said."""
    words = _words(customer)
    found = [
        words[key]
        for key in (_key(one, reach) for one in categories for reach in (channel, _EVERY))
        if key in words
    ]
    if not found:
        return None
    is_allowed, at = max(found, key=_weight)
    return bool(is_allowed), at


def joined_consents(one: _Words, other: _Words) -> dict[str, list[Any]]:
    """What two customers said who are one person: the newest word on each."""
    found = dict(one)
    for key, word in other.items():
        found[key] = max(word, found.get(key, word), key=_weight)
    return found


def with_words_before(customer: State, latest: str, at: str) -> State:
    """The state of a customer whose words after `latest` were said at another time."""
    words = _words(customer)
    if not any(time > latest for _, time in words.values()):
        return customer
    said = {key: [word, at if time > latest else time] for key, (word, time) in words.items()}
    return {**customer, "consents": said}


def newest_word_at(customer: State | None) -> str | None:
    """When the newest of all words on consent was said; None if none was."""
    words = _words(customer)
    return max(at for _, at in words.values()) if words else None


def stop_on(customer: State | None, channel: str) -> str | None:
    """When a customer said stop on a channel, to all that leaves by it; None if they did not, or
    have allowed it again.
    """
    word = _words(customer).get(_key(_EVERY, channel))
    return None if word is None or word[0] else str(word[1])


def yes_on(customer: State | None, category: str, channel: str) -> str:
    """When a customer last said yes to a channel itself, or to a category on it; empty if never."""
    words = _words(customer)
    found = (words.get(_key(one, channel)) for one in (category, _EVERY))
    return max((str(word[1]) for word in found if word and word[0]), default="")


def _said_at(event: Event) -> str:
    """When a word was said, which a yes may state by itself.

    A yes from a clock that is wrong may be older than any no, whenever it arrives: it holds until
    a no comes, and takes none back.
    """
    if event.type != "consent.given":
        return instant(event.occurred_at)
    if event.origin.told_at:
        return instant(EARLIEST)
    stated = loosely(_MOMENT, event.data.get(_GIVEN_AT), _FIRST_ZONE)
    given_at = stated if isinstance(stated, datetime) else event.occurred_at
    return instant(min(event.occurred_at, given_at))


def _words(customer: State | None) -> _Words:
    words: _Words = (customer or {}).get("consents", {})
    return words


def _key(category: str, channel: str) -> str:
    return f"{category}|{channel}"


def _weight(word: list[Any]) -> tuple[str, bool]:
    """At the same instant a withdrawal wins."""
    return word[1], not word[0]
