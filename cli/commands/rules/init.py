"""`purna init FOLDER`: a folder of one's own, with rules to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import AsJson, show
from operations.rules.new_folder import begin_folder


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to write, such as my-shop.")],
    as_json: AsJson = False,
) -> None:
    """Write a folder of your own: rules to begin with, templates, tests and settings."""
    written = [str(path) for path in begin_folder(folder)]
    enter = "" if folder.resolve() == Path.cwd() else f"cd {folder} && "
    lines = [f"wrote {len(written)} files to {folder}", f"go on with: {enter}purna run"]
    show({"folder": str(folder), "files": written}, lines, as_json=as_json)
