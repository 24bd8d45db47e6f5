"""The two secrets of an installation, made once."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.embedded.private_file import read_private, write_private
from local.embedded.process import CannotStart


@dataclass(frozen=True)
class Keys:
    """`secret` signs links and names customers in workflow ids; `api_token` admits to the API. Both
    32 bytes as hex.
    """

    secret: str
    api_token: str

    @classmethod
    def at(cls, file: Path) -> Self:
        """Those in the file, made when missing. A broken file raises CannotStart: new keys would
        void every link.
        """
        if not file.exists():
            write_private(
                file, {"secret": secrets.token_hex(32), "api_token": secrets.token_hex(32)}
            )
        match read_private(file):
            case {"secret": str(secret), "api_token": str(api_token)} if secret and api_token:
                return cls(secret, api_token)
        raise CannotStart(
            f"{file} does not hold the two secrets: put them back, or remove it to make new ones"
        )
