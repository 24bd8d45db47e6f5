"""Code of a shop's own: importing it registers its actions, providers and translators.

It is found in three ways: installed packages with entry points, the modules that PURNA_ACTIONS
names, and the file or package that PURNA_CODE names, `code` in `purna.toml`. The last one is loaded
by its path, so that no other file beside it is taken for one of ours.
"""

import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from process.setting_table import value
from process.settings import MissingSetting

GROUPS = ("purna.actions", "purna.channels", "purna.sources")


class BrokenShopCode(MissingSetting):
    """Code that cannot be loaded; the text is one sentence that names the place."""


def load_shop_code(environment: Mapping[str, str]) -> None:
    """Load all of it, each part once. Raises `BrokenShopCode`."""
    everything = entry_points()
    for group in GROUPS:
        for entry in everything.select(group=group):
            _load(f"{entry.value} (entry point {entry.name} of {group})", entry.load)
    for name in value(environment, "PURNA_ACTIONS").split():
        _load(f"{name} (PURNA_ACTIONS)", partial(_installed, name))
    if place := value(environment, "PURNA_CODE"):
        _load_path(Path(place))


def _installed(name: str) -> None:
    try:
        import_module(name)
    except ModuleNotFoundError as failure:
        if failure.name != name:
            raise
        hint = "name the file in PURNA_CODE if it is not installed"
        raise ModuleNotFoundError(f"{failure}; {hint}", name=name) from None


def _load_path(place: Path) -> None:
    file = place / "__init__.py" if place.is_dir() else place
    if not file.is_file():
        raise BrokenShopCode(f"PURNA_CODE names {place}, and {file} is not there.")
    path = file.resolve()
    name = f"purna_code_{sha256(str(path).encode()).hexdigest()[:8]}"
    if name not in sys.modules:
        _load(str(place), lambda: _imported(name, path))


def _imported(name: str, path: Path) -> None:
    inner = [str(path.parent)] if path.name == "__init__.py" else None
    spec = spec_from_file_location(name, path, submodule_search_locations=inner)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def _load(what: str, load: Callable[[], object]) -> None:
    try:
        load()
    except Exception as failure:  # whatever a stranger's code does, it is told in a sentence
        raise BrokenShopCode(f"{what} cannot be loaded: {_sentence(failure)}") from failure


def _sentence(failure: Exception) -> str:
    """The failure in a line, with the last line of code outside of libraries that led to it."""
    if isinstance(failure, SyntaxError):
        return f"line {failure.lineno}: {failure.msg}"
    ours = [
        frame
        for frame in traceback.extract_tb(failure.__traceback__)
        if not frame.filename.startswith("<") and not _is_library(Path(frame.filename))
    ]
    place = f"{Path(ours[-1].filename).name}, line {ours[-1].lineno}: " if ours else ""
    return f"{place}{type(failure).__name__}: {failure}"


def _is_library(file: Path) -> bool:
    """Of Python, of an installed package, or of ourselves."""
    homes = (Path(__file__).parents[1], Path(traceback.__file__).parent)
    rooms = ("activities", "engine", "process", "purna")
    return any(file.is_relative_to(homes[0] / room) for room in rooms) or file.is_relative_to(
        homes[1]
    )
