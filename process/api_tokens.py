"""The tokens of the API, each of one shop, several or every shop, as PURNA_API_TOKEN names them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from process.settings import MissingSetting

NAME = "PURNA_API_TOKEN"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token, and the shops of which whoever shows it may speak and ask; None means every shop."""

    text: str = field(repr=False)
    shops: frozenset[str] | None = None


def read_api_tokens(told: str) -> tuple[ApiToken, ...]:
    """Entries separated by commas: `token`, or `shop1+shop2:token`.

    In the name of a shop `+`, `:`, `,` and `%` are written as `%2B`, `%3A`, `%2C` and `%25`. Raises
    MissingSetting, which never repeats a token.
    """
    return tuple(_tokens(told))


def _tokens(told: str) -> Iterator[ApiToken]:
    entries = [entry.strip() for entry in told.split(",")]
    for place, entry in enumerate(filter(None, entries), 1):
        names, colon, text = (part.strip() for part in entry.partition(":"))
        shops = frozenset(unquote(name.strip()) for name in names.split("+"))
        # An entry that lost its shops must not become one of every shop.
        if colon and not (text and all(shops)):
            raise MissingSetting(
                f"{NAME} is not right: its entry {place} has a colon, so that it must be "
                "shop:token or shop1+shop2:token."
            )
        yield ApiToken(text, shops) if colon else ApiToken(names)
