"""Settings that only the web process has, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from process.settings import SOURCE, MissingSetting
from web.http.limits import Rates

_PORTS = range(65536)
_MOST_A_MINUTE = 100_000_000


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`tokens` open the API; `host` is this machine alone unless said otherwise; port 0 takes a
    free one.

    `source_secrets` are those of signed sources by setting, such as SHOP for PURNA_SOURCE_SHOP;
    each may be several. `instance` is told in a header of every answer, so that whoever started us
    knows us from a stranger on our port.
    """

    tokens: tuple[str, ...] = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    mail_url: str = ""
    instance: str = ""
    rates: Rates = field(default_factory=Rates)
    source_secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)


def read_web_settings(environment: Mapping[str, str]) -> WebSettings:
    """Raises MissingSetting with the sentence to print. PURNA_API_TOKEN may be several, separated
    by commas.
    """
    told = environment.get("PURNA_API_TOKEN", "").split(",")
    tokens = tuple(token.strip() for token in told if token.strip())
    if not tokens:
        raise MissingSetting(
            "PURNA_API_TOKEN is not set: it says which token senders of events must show."
        )
    return WebSettings(
        tokens,
        environment.get("PURNA_HOST", "").strip() or "127.0.0.1",
        _port(environment.get("PURNA_PORT", "").strip() or "8000"),
        environment.get("PURNA_MAIL_URL", "").strip(),
        environment.get("PURNA_INSTANCE", "").strip(),
        _rates(environment),
        {
            name.removeprefix(SOURCE): tuple(told.split())
            for name, told in environment.items()
            if name.startswith(SOURCE)
        },
    )


def _rates(environment: Mapping[str, str]) -> Rates:
    usual = Rates()
    return Rates(
        _rate(environment, "PURNA_RATE_ADDRESS", usual.address),
        _rate(environment, "PURNA_RATE_SENDER", usual.sender),
        _rate(environment, "PURNA_RATE_PAGES", usual.pages),
    )


def _rate(environment: Mapping[str, str], name: str, usual: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return usual
    if text.isascii() and text.isdigit() and 0 < (rate := int(text[:12])) <= _MOST_A_MINUTE:
        return rate
    raise MissingSetting(
        f"{name} is no rate: it is how many requests are let through in a minute, such as {usual}."
    )


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) in _PORTS:
        return int(text)
    raise MissingSetting("PURNA_PORT is not a port: it is a number up to 65535.")
