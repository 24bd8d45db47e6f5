"""`purna.toml`: settings of a folder, beside the environment, which wins.

    rules = "rules"
    base_url = "https://purna.example"

A key is the name of a variable without PURNA_, in small letters. Secrets do not stand in it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from process.setting_table import BY_KEY, FILE_ENDING, SETTINGS, is_secret
from process.settings import MissingSetting

NAME = "purna.toml"
# Names another file. Set to the null device nothing is read, as for a child of ours, whose
# environment is complete.
ELSEWHERE = "PURNA_CONFIG"


class WrongSettingsFile(MissingSetting):
    """The text tells everything that is wrong with the file, a line for each."""


def add_settings_file(environment: MutableMapping[str, str]) -> None:
    """Add what `purna.toml` of the current folder says where the environment says nothing.

    Raises `WrongSettingsFile`; then nothing is added.
    """
    elsewhere = environment.get(ELSEWHERE, "").strip()
    path = Path(elsewhere or NAME)
    if path.is_file():
        for name, value in read_settings_file(path).items():
            if not _is_set(environment, name):
                environment[name] = value
    elif elsewhere and not path.exists():
        raise WrongSettingsFile(f"{ELSEWHERE} names {path}, which is not there.")


def _is_set(environment: Mapping[str, str], name: str) -> bool:
    """Also where a secret itself is set, of which the file names a file."""
    names = (name, name.removesuffix(FILE_ENDING))
    return any(environment.get(one, "").strip() for one in names)


def read_settings_file(path: Path) -> dict[str, str]:
    """What the file says, by the variables' names. Raises `WrongSettingsFile`."""
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        raise WrongSettingsFile(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:  # no TOML, or no text
        raise WrongSettingsFile(f"{path} is no TOML: {error}") from None
    found = [
        f"{path}:{_line(text, key)}: {wrong}"
        for key, value in content.items()
        if (wrong := _wrong_with(key, value))
    ]
    if found:
        raise WrongSettingsFile("\n".join(found))
    return {_name(key): str(value).strip() for key, value in content.items()}


def _wrong_with(key: str, value: Any) -> str | None:
    setting = _name(key)
    if is_secret(setting):
        return f"{key}: is a secret and stands in the environment, as {setting} or {setting}_FILE"
    if key not in BY_KEY and not is_secret(setting.removesuffix(FILE_ENDING)):
        close = get_close_matches(key, BY_KEY, 1)
        return f"{key}: unknown key" + (f", did you mean '{close[0]}'?" if close else "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return f"{key}: must be a text or a whole number"
    return None


def _name(key: str) -> str:
    return BY_KEY[key].name if key in BY_KEY else f"PURNA_{key.upper()}"


def _line(text: str, key: str) -> int:
    place = re.search(rf"^\s*(?:\[+\s*)?[\"']?{re.escape(key)}\b", text, re.MULTILINE)
    return text.count("\n", 0, place.end()) + 1 if place else 1


def a_settings_file() -> str:
    """The text of a new file: every setting that may stand in it, as a comment with its default."""
    return "\n".join(_lines())


def _spelled(value: str) -> str:
    return value if value.isdigit() else f'"{value}"'


def _lines() -> Iterator[str]:
    yield "# Settings of this folder; a variable of the environment wins. Secrets do not belong here:"
    yield "# PURNA_SECRET, PURNA_DATABASE_URL, PURNA_API_TOKEN, PURNA_SMTP_URL and the like are"
    yield "# variables, or files that PURNA_…_FILE names. `purna run` needs none of them."
    for setting in SETTINGS:
        if not setting.is_secret:
            yield ""
            yield f"# {setting.says[0].upper()}{setting.says[1:]}; for {', '.join(setting.parts)}."
            yield f"# {setting.key} = {_spelled(setting.default)}"
    yield ""
