"""Every setting there is: parsing, `purna.toml` and the page of settings follow from this table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ReadBy = Literal["commands", "web", "worker"]
FILE_ENDING = "_FILE"
SOURCE = "PURNA_SOURCE_"
_PREFIX = "PURNA_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable of the environment; `says` goes on after "NAME says …".

    Without a `default` nothing is meant where it is not set. A secret never stands in `purna.toml`;
    NAME_FILE may name a file that holds it.
    """

    name: str
    says: str
    parts: tuple[ReadBy, ...]
    default: str = ""
    is_secret: bool = False

    @property
    def key(self) -> str:
        """How `purna.toml` calls it."""
        return self.name.removeprefix(_PREFIX).lower()


_ALL: tuple[ReadBy, ...] = ("commands", "web", "worker")
SETTINGS = (
    Setting("PURNA_RULES", "where the folder of rules is", ("commands",), "rules"),
    Setting("PURNA_HOME", "where `purna run` keeps everything", ("commands",), ".purna"),
    Setting(
        "PURNA_CODE",
        "which file or package holds code of your own (actions, providers, translators), such as shop.py",
        _ALL,
    ),
    Setting(
        "PURNA_ACTIONS",
        "which installed modules hold more of your code, with blanks between them",
        _ALL,
    ),
    Setting(
        "PURNA_DATABASE_URL",
        "where PostgreSQL is, such as postgresql://purna@localhost/purna",
        _ALL,
        is_secret=True,
    ),
    Setting(
        "PURNA_SECRET",
        "at least 32 characters that nobody can guess; links and the names of journeys depend on it",
        _ALL,
        is_secret=True,
    ),
    Setting(
        "PURNA_NAMING_SECRET",
        "by which secret this installation names journeys, where PURNA_SECRET holds it no more since"
        " it became known; otherwise the last one of PURNA_SECRET names them",
        _ALL,
        is_secret=True,
    ),
    Setting(
        "PURNA_BASE_URL",
        "where customers reach our pages, such as https://purna.example",
        ("web", "worker"),
    ),
    Setting(
        "PURNA_API_TOKEN",
        "which token senders of events must show; `shop:token` opens one shop only",
        ("web",),
        is_secret=True,
    ),
    Setting("PURNA_HOST", "on which address the web process listens", ("web",), "127.0.0.1"),
    Setting("PURNA_PORT", "on which port the web process listens", ("web",), "8000"),
    Setting(
        "PURNA_CLOCK_ALLOWANCE",
        "how many seconds ahead of its arrival an event may be dated; one that is dated later counts"
        " from there, as its sender's clock is wrong; `any` trusts every clock, for a demo",
        ("web",),
        "120",
    ),
    Setting(
        "PURNA_UNPLACED_DAYS",
        "after how many days `purna event unplaced` lists an event whose thing nobody has told of",
        ("commands",),
        "1",
    ),
    Setting(
        "PURNA_RATE_ADDRESS",
        "how many requests a minute one address may make to the API",
        ("web",),
        "60000",
    ),
    Setting(
        "PURNA_RATE_SENDER",
        "how many requests a minute one token or source may make to the API",
        ("web",),
        "60000",
    ),
    Setting(
        "PURNA_RATE_PAGES",
        "how many requests a minute one address may make to the pages of customers",
        ("web",),
        "60",
    ),
    Setting(
        "PURNA_CONNECTIONS_ADDRESS",
        "how many connections one address may have open; beyond, whoever of it has said nothing for"
        " longest is hung up on. A proxy in front has one address",
        ("web",),
        "500",
    ),
    Setting(
        "PURNA_SMTP_URL",
        "where the mail server is, such as smtps://user:password@mail.example",
        ("worker",),
        is_secret=True,
    ),
    Setting(
        "PURNA_SENDER",
        "who our mails are from, such as Purna <shop@purna.example>",
        ("worker",),
    ),
    Setting(
        "PURNA_SMTP_TIMEOUTS",
        "how many seconds the mail server is waited for: until it has taken sender and receiver, for"
        " one answer, for the answer to the content; and how many it may take to record the outcome",
        ("worker",),
        "opening=15 operation=8 data=120 record=20",
    ),
    Setting(
        "PURNA_SMTP_RETRY_AFTER",
        "after how many seconds a mail is tried again that was not taken: no connection, a busy"
        " server, greylisting, a server that refuses our login or has no good certificate, one that"
        " refuses us as a sender",
        ("worker",),
        "connection=5 busy=60 greylisted=300 login=30 misconfigured=3600",
    ),
    Setting(
        "PURNA_LEASE",
        "for how many seconds a message may be leaving before another attempt may judge it dead;"
        " longer than the mail server is waited for",
        ("worker",),
        "150",
    ),
    Setting(
        "PURNA_SHOP_URL",
        "where your own system carries out calls such as refund, such as https://shop.example/purna",
        ("worker",),
    ),
    Setting(
        "PURNA_SHOP_TOKEN", "which token we show to your own system", ("worker",), is_secret=True
    ),
    Setting(
        "PURNA_TEAM_EMAIL",
        "which address is mailed what rules tell the team, such as team@shop.example",
        ("worker",),
    ),
    Setting(
        "PURNA_METRICS", "where the worker serves its counts, such as 127.0.0.1:9464", ("worker",)
    ),
    Setting(
        "PURNA_TEMPORAL_METRICS",
        "where the worker serves the counts of Temporal's SDK, such as 127.0.0.1:9465",
        ("worker",),
    ),
    Setting(
        "PURNA_DEPLOYMENT", "of which worker deployment this worker is, such as purna", ("worker",)
    ),
    Setting(
        "PURNA_BUILD_ID",
        "which build of PURNA_DEPLOYMENT this worker is, such as 1.4.0",
        ("worker",),
    ),
    Setting(
        "FORWARDED_ALLOW_IPS",
        "which proxies before the web process may say for whom they ask, by address, with commas",
        ("web",),
    ),
    Setting("TEMPORAL_ADDRESS", "where Temporal is, such as temporal.example:7233", _ALL),
    Setting("TEMPORAL_NAMESPACE", "which namespace of Temporal is ours", ("web", "worker")),
)
BY_NAME: Mapping[str, Setting] = {one.name: one for one in SETTINGS}
BY_KEY: Mapping[str, Setting] = {one.key: one for one in SETTINGS}


def is_secret(name: str) -> bool:
    """Whether a variable holds a secret; so does each that begins with PURNA_SOURCE_."""
    if name.startswith(SOURCE):
        return not name.endswith(FILE_ENDING)
    return name in BY_NAME and BY_NAME[name].is_secret


def value(environment: Mapping[str, str], name: str) -> str:
    """What is set, else the default."""
    return environment.get(name, "").strip() or BY_NAME[name].default
