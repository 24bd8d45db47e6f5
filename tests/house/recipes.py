"""Writes `docs/recipes.md` from the rules in `docs/recipes`: `python -m tests.house.recipes`."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.paths import ROOT

FOLDER = ROOT / "docs" / "recipes"
PAGE = ROOT / "docs" / "recipes.md"
_HEAD = """\
# Recipes

The rules that people write first, each with the scenarios that hold it in place. They stand in
[`docs/recipes`](recipes) as a folder of rules that works as it is: copy a file and its
`.test.yaml` into `journeys/`, its templates into `templates/en/`, and change the words.

```sh
purna check docs/recipes && purna test docs/recipes
```

They lean on [policies.yaml](recipes/policies.yaml) (categories, caps, quiet hours, `attach`),
[catalog.yaml](recipes/catalog.yaml) (own events and segments) and
[answers.yaml](recipes/answers.yaml) (the return window).
"""


def journeys() -> list[Path]:
    """The files with rules, in the order of their numbers."""
    return sorted(one for one in (FOLDER / "journeys").glob("*.yaml") if ".test." not in one.name)


def scenarios(journey: Path) -> list[str]:
    """The names of the scenarios beside a file of rules."""
    tests = journey.with_suffix("").with_suffix(".test.yaml")
    return [str(one["name"]) for one in yaml.safe_load(tests.read_text(encoding="utf-8"))["tests"]]


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for one in journeys() for line in _recipe(one))])


def _recipe(journey: Path) -> Iterator[str]:
    text = journey.read_text(encoding="utf-8")
    comment, _, rules = text.partition("version: 1\nrules:\n")
    number, _, name = journey.stem.partition("-")
    yield f"## {int(number)} · {name.replace('-', ' ').capitalize()}\n"
    yield comment.strip().removeprefix("# ") + "\n"
    yield f"```yaml\n{rules.rstrip()}\n```\n"
    tests = f"recipes/journeys/{journey.stem}.test.yaml"
    yield f"[Proven]({tests}): {'; '.join(scenarios(journey))}.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
