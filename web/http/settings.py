"""Settings that only the web process has, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from engine.facts.events import ALLOWANCE
from process.api_tokens import NAME, ApiToken, read_api_tokens
from process.setting_table import BY_NAME, SOURCE, value
from process.settings import MissingSetting, read_allowance
from web.http.limits import Rates

_PORTS = range(65536)
_MOST = 100_000_000


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`tokens` open the API; `host` is this machine alone unless said otherwise; port 0 takes a
    free one.

    `source_secrets` are those of signed sources by setting, such as SHOP for PURNA_SOURCE_SHOP;
    each may be several. `allowance` is how far ahead of their arrival senders may date events, None
    for any time. `connections` is how many of them one address may have open. `instance` is told in
    a header of every answer, so that whoever started us knows us from a stranger on our port.
    `proxies` are the addresses, separated by commas, whose word for a client's address is believed;
    nobody's unless said.
    """

    tokens: tuple[ApiToken, ...] = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    mail_url: str = ""
    instance: str = ""
    rates: Rates = field(default_factory=Rates)
    source_secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    allowance: timedelta | None = ALLOWANCE
    proxies: str = ""
    connections: int = 500


def read_web_settings(environment: Mapping[str, str]) -> WebSettings:
    """Raises MissingSetting with the sentence to print."""
    tokens = read_api_tokens(value(environment, NAME))
    if not tokens:
        raise MissingSetting(f"{NAME} is not set: it says {BY_NAME[NAME].says}.")
    return WebSettings(
        tokens,
        value(environment, "PURNA_HOST"),
        _port(value(environment, "PURNA_PORT")),
        environment.get("PURNA_MAIL_URL", "").strip(),
        environment.get("PURNA_INSTANCE", "").strip(),
        _rates(environment),
        {
            name.removeprefix(SOURCE): tuple(told.split())
            for name, told in environment.items()
            if name.startswith(SOURCE)
        },
        read_allowance(environment),
        environment.get("FORWARDED_ALLOW_IPS", "").strip(),
        _number(
            environment, "PURNA_CONNECTIONS_ADDRESS", "number", "connections an address may have"
        ),
    )


def _rates(environment: Mapping[str, str]) -> Rates:
    return Rates(
        _rate(environment, "PURNA_RATE_ADDRESS"),
        _rate(environment, "PURNA_RATE_SENDER"),
        _rate(environment, "PURNA_RATE_PAGES"),
    )


def _rate(environment: Mapping[str, str], name: str) -> int:
    return _number(environment, name, "rate", "requests are let through in a minute")


def _number(environment: Mapping[str, str], name: str, kind: str, says: str) -> int:
    text = value(environment, name)
    if text.isascii() and text.isdigit() and 0 < (number := int(text[:12])) <= _MOST:
        return number
    raise MissingSetting(
        f"{name} is no {kind}: it is how many {says}, such as {BY_NAME[name].default}."
    )


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) in _PORTS:
        return int(text)
    raise MissingSetting("PURNA_PORT is not a port: it is a number up to 65535.")
