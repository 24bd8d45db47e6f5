"""A shop that has registered a provider of its own for a while."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

from activities.channels.port import Provider
from activities.channels.providers import PROVIDERS, provider


@contextmanager
def a_provider_of(channel: str) -> Iterator[None]:
    """A provider of this channel is registered; nobody opens it."""

    @provider(channel)
    async def _(settings: Mapping[str, str]) -> AsyncIterator[Provider]:
        raise NotImplementedError(settings)
        yield

    try:
        yield
    finally:
        del PROVIDERS[channel]
