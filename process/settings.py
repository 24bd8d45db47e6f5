"""Settings from the environment, each with one clear sentence when it is missing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from process.outbound_urls import wrong_with
from process.setting_table import BY_NAME, FILE_ENDING, is_secret, value

_SHORTEST_SECRET = 32
_SECRET, _NAMING = "PURNA_SECRET", "PURNA_NAMING_SECRET"
_RESERVED = frozenset(".:")  # Temporal writes a version as deployment, one of these, build
_MOST_ALLOWANCE = 3600
_PORTS = range(1, 65536)
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


class MissingSetting(Exception):
    """A variable that must be set; the text is the sentence to print."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What all processes share.

    `secrets`: the first signs, the others are still accepted. `naming_secret` names journeys, and
    it signs nothing unless it is one of them.
    """

    database_url: str = field(repr=False)
    base_url: str
    secrets: tuple[bytes, ...] = field(repr=False)
    naming_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Watching:
    """Where a worker's counts are told, ours and those of Temporal's SDK: host and port, None for
    nowhere.
    """

    ours: tuple[str, int] | None = None
    sdk: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """Which build of the product a worker is: in Temporal's words, a version of a worker
    deployment.
    """

    deployment: str
    id: str


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What only the worker needs. `timeouts` and `retry_after` are seconds by their names, as in
    `operation=8 data=120`; what is not named is as usual.
    """

    smtp_url: str = field(repr=False)
    sender: str
    timeouts: str = ""
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """Where the shop's own system carries out the shipped actions, and the token we show it, if it
    wants one.
    """

    url: str = field(repr=False)
    token: str = field(repr=False)


def with_files(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which every secret that is kept in a file, as NAME_FILE says, stands as
    NAME itself.

    Raises `MissingSetting`, whose sentence shows nothing of what is set: it may be the secret, put
    in the wrong place.
    """
    told = dict(environment)
    for name, file in environment.items():
        secret = name.removesuffix(FILE_ENDING)
        if name.endswith(FILE_ENDING) and is_secret(secret):
            del told[name]
            if file.strip():
                if environment.get(secret, "").strip():
                    raise MissingSetting(f"{secret} and {name} are both set: keep one of them.")
                told[secret] = _content(name, file.strip())
    return told


def _content(name: str, file: str) -> str:
    try:
        content = Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        why = (error.strerror or "").lower() if isinstance(error, OSError) else "it is no text"
        raise MissingSetting(f"{name} names a file that cannot be read: {why}.") from None
    if not content:
        raise MissingSetting(f"{name} names a file that holds nothing.")
    return content


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings of every process; `MissingSetting` otherwise. PURNA_SECRET may be several, separated
    by blanks.
    """
    secrets = tuple(secret.encode() for secret in _needed(environment, _SECRET).split())
    if any(len(secret) < _SHORTEST_SECRET for secret in secrets):
        raise MissingSetting(f"PURNA_SECRET is too short: it is {BY_NAME[_SECRET].says}")
    return Settings(
        database_url=_needed(environment, "PURNA_DATABASE_URL"),
        base_url=_needed(environment, "PURNA_BASE_URL"),
        secrets=secrets,
        naming_secret=read_naming_secret(environment),
    )


def read_naming_secret(environment: Mapping[str, str]) -> bytes:
    """The secret that names journeys. The last one of PURNA_SECRET stays when a new one is put
    before it, since the names of journeys must not change; one that has become known moves to
    PURNA_NAMING_SECRET, and signs nothing any more.
    """
    alone = value(environment, _NAMING)
    return (alone or _needed(environment, _SECRET).split()[-1]).encode()


def naming_origin(environment: Mapping[str, str]) -> str:
    """Which setting holds the secret that names journeys, as the environment was before
    `with_files`.
    """
    for name in (_NAMING, _SECRET):
        if environment.get(name, "").strip():
            return name
        if environment.get(name + FILE_ENDING, "").strip():
            return f"what the file of {name}{FILE_ENDING} holds"
    return _SECRET


def read_mail_settings(environment: Mapping[str, str]) -> MailSettings:
    """Settings of a process that sends."""
    return MailSettings(
        _needed(environment, "PURNA_SMTP_URL"),
        _needed(environment, "PURNA_SENDER"),
        value(environment, "PURNA_SMTP_TIMEOUTS"),
        value(environment, "PURNA_SMTP_RETRY_AFTER"),
    )


def read_lease(environment: Mapping[str, str]) -> float:
    """PURNA_LEASE in seconds; `MissingSetting` for anything else."""
    text = value(environment, "PURNA_LEASE")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise MissingSetting("PURNA_LEASE is not a number of seconds, such as 150.")
    return seconds


def read_allowance(environment: Mapping[str, str]) -> timedelta | None:
    """PURNA_CLOCK_ALLOWANCE, None for `any`; `MissingSetting` for anything else."""
    text = value(environment, "PURNA_CLOCK_ALLOWANCE")
    if text == "any":
        return None
    if text.isascii() and text.isdigit() and int(text[:9]) <= _MOST_ALLOWANCE:
        return timedelta(seconds=int(text))
    raise MissingSetting(
        f"PURNA_CLOCK_ALLOWANCE is no number of seconds up to {_MOST_ALLOWANCE}, and not `any`."
    )


def read_shop_settings(environment: Mapping[str, str]) -> ShopSettings | None:
    """The shop's own system, if there is one."""
    url = value(environment, "PURNA_SHOP_URL")
    if not url:
        return None
    if wrong := wrong_with(url):
        raise MissingSetting(f"PURNA_SHOP_URL {wrong}.")
    return ShopSettings(url, value(environment, "PURNA_SHOP_TOKEN"))


def read_team_address(environment: Mapping[str, str]) -> str:
    """Where the team reads mails, "" for nowhere; `MissingSetting` where that is no address."""
    address = value(environment, "PURNA_TEAM_EMAIL")
    if address and not _ADDRESS.fullmatch(address):
        raise MissingSetting("PURNA_TEAM_EMAIL is no address, such as team@shop.example.")
    return address


def read_watching(environment: Mapping[str, str]) -> Watching:
    """PURNA_METRICS and PURNA_TEMPORAL_METRICS, such as 127.0.0.1:9464; `MissingSetting` for
    anything else.
    """
    return Watching(
        _address(environment, "PURNA_METRICS"), _address(environment, "PURNA_TEMPORAL_METRICS")
    )


def read_build(environment: Mapping[str, str]) -> Build | None:
    """PURNA_DEPLOYMENT and PURNA_BUILD_ID; None without a deployment, `MissingSetting` if Temporal
    would refuse it.
    """
    deployment = value(environment, "PURNA_DEPLOYMENT")
    if not deployment:
        return None
    if set(deployment) & _RESERVED:
        raise MissingSetting(
            "PURNA_DEPLOYMENT is no name of a deployment: it has a dot or a colon."
        )
    return Build(deployment, _needed(environment, "PURNA_BUILD_ID"))


def _address(environment: Mapping[str, str], name: str) -> tuple[str, int] | None:
    text = value(environment, name)
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) not in _PORTS:
        raise MissingSetting(
            f"{name} is not an address: it is a host and a port, such as 127.0.0.1:9464."
        )
    return host, int(port)


def _needed(environment: Mapping[str, str], name: str) -> str:
    if told := value(environment, name):
        return told
    raise MissingSetting(f"{name} is not set: it says {BY_NAME[name].says}.")
