"""Which tables this program needs: those of the newest migration that it brings."""

from functools import cache
from pathlib import Path

_VERSIONS = Path(__file__).parent / "versions"


@cache
def newest_tables() -> str:
    """The number of the newest migration; the numbers grow, and all have four digits."""
    return max(file.name.partition("_")[0] for file in _VERSIONS.glob("[0-9]*.py"))


def are_new_enough(tables: str) -> bool:
    """Whether tables of this number hold all that this program needs; newer ones do."""
    return tables >= newest_tables()
