"""A folder of one's own to begin with: rules and templates taken from the shipped ones, with their
scenarios, and settings for Purna, an editor and git.
"""

import json
import re
from pathlib import Path
from typing import Any

from engine.language.schemas.file_schemas import KINDS
from operations.cannot_run import CannotRun, unusable
from operations.rules.rules_folder import read_files
from operations.rules.schema import schema_file, schema_line, write_schemas
from process.settings_file import NAME, a_settings_file
from process.shipped import shipped_rules

_JOURNEYS = ("orders", "reviews", "offers", "loyalty")
_ALWAYS = ("policies.yaml", "answers.yaml", "answers.test.yaml", "templates/layout.html")
_TEMPLATE = re.compile(r"\b(?:send|say): ([a-z_]+)")
_IGNORED = ".purna/\n.venv/\n__pycache__/\n"
_EXTENSIONS = {"recommendations": ["redhat.vscode-yaml"]}
_README = """\
# {name}

Rules for what happens after a purchase, for Purna.

```sh
pip install 'purna[local]'   # with PostgreSQL and Temporal for this machine
purna run                    # starts everything, plays twelve sample orders, stays up
purna check                  # looks for mistakes in rules and templates
purna test                   # plays the scenarios beside the rules
purna new-rule my-rule       # a rule to begin with, its scenario and its template
purna publish                # makes the rules here the active ones of the purna that runs
```

| file | what it holds |
| --- | --- |
| `rules/journeys/` | rules, and scenarios that test them (`*.test.yaml`) |
| `rules/templates/` | the texts of messages, a folder for each language |
| `rules/policies.yaml` | categories, quiet hours, how many messages are too many |
| `rules/answers.yaml` | answers to questions such as until when an order may go back |
| `purna.toml` | settings; secrets are variables of the environment, never in a file here |
| `.purna/` | what `purna run` keeps: its database, logs and secrets; not for git |

An action, a provider or a translator of your own is Python. Write it to `shop.py`, and
`code = "shop.py"` into `purna.toml`:

```python
from pydantic import BaseModel
from purna import ActionContext, action

class Gift(BaseModel):
    order: str

@action("send_gift")
async def send_gift(gift: Gift, context: ActionContext) -> None:
    "Put a present into the parcel."
```

A rule calls it with `do: [{{call: send_gift, with: {{order: order.id}}}}]`.
"""


def begin_folder(folder: Path) -> list[Path]:
    """Write the files, or none of them: nothing that is there is overwritten. The schemas for
    editors are written too, but are not in the list that is returned.
    """
    home, rules = folder / ".purna", folder / "rules"
    texts = {
        folder / NAME: a_settings_file(),
        folder / "README.md": _README.format(name=folder.resolve().name),
        folder / ".gitignore": _IGNORED,
        folder / ".vscode" / "settings.json": _as_json(_editor_settings(home, folder)),
        folder / ".vscode" / "extensions.json": _as_json(_EXTENSIONS),
        **{rules / path: _line(home, rules / path) + text for path, text in starter().items()},
    }
    if there := next((path for path in texts if path.exists()), None):
        raise CannotRun(f"{there} is there already, and is left as it is")
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise CannotRun(unusable(error)) from None
    write_schemas(home, rules)
    return list(texts)


def starter() -> dict[str, str]:
    """The rules to begin with, by their paths within the folder of rules."""
    shipped = {path: text.decode() for path, text in read_files(shipped_rules()).items()}
    journeys = {f"journeys/{name}{kind}" for name in _JOURNEYS for kind in (".yaml", ".test.yaml")}
    chosen = {path: shipped[path] for path in sorted({*journeys, *_ALWAYS})}
    templates = {"footer", *_TEMPLATE.findall("".join(chosen.values()))}
    texts = {path: text for path, text in shipped.items() if Path(path).match("templates/*/*.md")}
    return chosen | {path: text for path, text in texts.items() if Path(path).stem in templates}


def _line(home: Path, file: Path) -> str:
    """What names the schema of a file to an editor; nothing for a file that has none."""
    if file.suffix != ".yaml":
        return ""
    if file.name.endswith(".test.yaml"):
        return schema_line(home, "tests", file)
    return schema_line(home, file.parent.name if file.stem not in KINDS else file.stem, file)


def _editor_settings(home: Path, folder: Path) -> dict[str, Any]:
    """For Visual Studio Code: which schema completes which files, also those without a first line
    that names one.
    """
    schemas = {
        f"./{schema_file(home, kind).relative_to(folder).as_posix()}": f"rules/{one.files}"
        if "/" in one.files or not one.files.startswith("*")
        else f"rules/**/{one.files}"
        for kind, one in KINDS.items()
    }
    return {"yaml.schemas": schemas, "yaml.validate": True, "files.eol": "\n"}


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"
