"""Providers that developers register for a channel: an async generator that yields one.

    @provider("sms")
    async def sms(settings: Mapping[str, str]) -> AsyncIterator[Provider]:
        async with httpx.AsyncClient() as client:
            yield SmsGate(client, settings["SMS_TOKEN"])

Importing the module registers it. The worker opens it at its start with the variables of its
environment, and closes it at its end; a variable that is missing ends the start with a sentence.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from activities.channels.port import Provider
from engine.catalog.channels import CHANNELS

OpenProvider = Callable[[Mapping[str, str]], AbstractAsyncContextManager[Provider]]
_Generator = Callable[[Mapping[str, str]], AsyncIterator[Provider]]
PROVIDERS: dict[str, OpenProvider] = {}
# Channels that the shipped worker has a provider for.
_SHIPPED = frozenset({"email"})


def provider(channel: str) -> Callable[[_Generator], _Generator]:
    """Register the generator for this channel, in the place of a shipped provider if there is one.

    `ValueError` if there is no such channel, or somebody else has registered one for it.
    """
    if channel not in CHANNELS:
        raise ValueError(f"there is no channel {channel}, only {', '.join(CHANNELS)}")

    def register(generator: _Generator) -> _Generator:
        if channel in PROVIDERS:
            raise ValueError(f"there is a provider of {channel} already")
        PROVIDERS[channel] = asynccontextmanager(generator)
        return generator

    return register


def served() -> frozenset[str]:
    """The channels that somebody carries letters of here."""
    return _SHIPPED | PROVIDERS.keys()
