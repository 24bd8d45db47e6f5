"""`purna test --record order ID`."""

from pathlib import Path


async def recorded(home: Path, order: str, shop: str | None) -> str:
    return ""


def written(text: str, out: Path | None) -> None:
    print(text, out)
