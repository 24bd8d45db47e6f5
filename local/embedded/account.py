"""The account PostgreSQL runs as: it refuses root, so root lends it an unprivileged one."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """A system account other than our own."""

    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """Whether this account may enter that folder, or run that program; access lists are not
        looked at.
        """
        place = path.resolve()
        return all(self._passes(step) for step in (place, *place.parents))

    def _passes(self, path: Path) -> bool:
        found = path.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def account_for(data: Path) -> Account | None:
    """Whom PostgreSQL runs as on the folder `data`; None: as ourselves.

    Root runs it as the owner of the data, a new one as `purna` where the machine has that account,
    else as `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _account("purna") or _account("nobody")


def _account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)
