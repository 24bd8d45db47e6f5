"""What an editor needs to complete and check the files of a folder as they are typed."""

from pathlib import Path
from typing import Any

from engine.language.reader import read_known
from engine.language.schemas.file_schemas import schema_of
from operations.rules_folder import known_actions, read_files


def schema(kind: str, folder: Path) -> dict[str, Any]:
    """The JSON Schema of one kind of file, with the events, facts, templates and actions of a
    folder.
    """
    return schema_of(kind, read_known(read_files(folder), known_actions()))
