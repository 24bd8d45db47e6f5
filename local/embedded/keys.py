"""The two secrets of an installation: what is set, else what its home keeps."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.embedded.address import DATABASE
from local.embedded.private_file import read_private, write_private
from local.embedded.process import CannotStart
from process.settings import naming_origin, read_naming_secret

SECRET, TOKEN, NAMING = "PURNA_SECRET", "PURNA_API_TOKEN", "PURNA_NAMING_SECRET"
FILE = "secrets.json"


@dataclass(frozen=True)
class NamingKey:
    """The secret that names customers in workflow ids, and where it stands."""

    secret: str
    origin: str


@dataclass(frozen=True)
class Keys:
    """`secret` signs links, `api_token` admits to the API, `naming` names customers."""

    secret: str
    api_token: str
    naming: NamingKey

    @classmethod
    def of(cls, environment: Mapping[str, str], home: Path) -> Self:
        """Those that are set, else those that the home keeps. Raises CannotStart.

        What a home keeps belongs to the database in it: beside one that the environment names,
        which others may use too, both must be set.
        """
        told = {name: environment.get(name, "").strip() for name in (SECRET, TOKEN)}
        if missing := [name for name, value in told.items() if not value]:
            if environment.get(DATABASE, "").strip():
                raise CannotStart(not_of_the_home(home, missing))
            kept = made_keys(home / FILE)
            told = {name: value or kept[name] for name, value in told.items()}
        naming = set_naming(environment) or NamingKey(told[SECRET], _origin(home))
        return cls(told[SECRET], told[TOKEN], naming)


def set_naming(environment: Mapping[str, str]) -> NamingKey | None:
    """What the environment says of it, None where it says nothing."""
    if not any(environment.get(name, "").strip() for name in (SECRET, NAMING)):
        return None
    return NamingKey(read_naming_secret(environment).decode(), naming_origin(environment))


def kept_naming(home: Path) -> NamingKey:
    """What a home keeps, for those who come after it was begun. Raises CannotStart."""
    if not (home / FILE).exists():
        raise CannotStart(
            f"{SECRET} is not set and {home / FILE} is missing: journeys are named with the"
            " worker's secret"
        )
    return NamingKey(kept_keys(home / FILE)[SECRET], _origin(home))


def made_keys(file: Path) -> dict[str, str]:
    """Those in the file; made when missing, each 32 bytes as hex."""
    if not file.exists():
        write_private(file, {"secret": secrets.token_hex(32), "api_token": secrets.token_hex(32)})
    return kept_keys(file)


def kept_keys(file: Path) -> dict[str, str]:
    """Those in the file, by the names of their settings; none where there is no file. A broken one
    raises CannotStart: new keys would void every link.
    """
    if not file.exists():
        return {}
    match read_private(file):
        case {"secret": str(secret), "api_token": str(api_token)} if secret and api_token:
            return {SECRET: secret, TOKEN: api_token}
    raise CannotStart(
        f"{file} does not hold the two secrets: put them back, or remove it to make new ones"
    )


def not_of_the_home(home: Path, missing: Iterable[str]) -> str:
    """Why the keys of a home are not used beside a database of somebody's own."""
    return (
        f"the database is not the one in {home}: set {' and '.join(missing)} as well, to what its"
        f" web process and worker have; the keys in {home / FILE} belong to the one in that folder"
    )


def _origin(home: Path) -> str:
    return f"the secret in {home / FILE}"
