"""The templates of published rules, compiled once for each revision."""

from activities.channels.rendering.templates import CompiledTemplates
from engine.rules.ruleset import Ruleset

_FOLDER = "templates/"


class Published:
    """Keeps the templates of every revision this process has used."""

    def __init__(self) -> None:
        self._known: dict[str, CompiledTemplates] = {}

    def of(self, ruleset: Ruleset) -> CompiledTemplates:
        """The templates of a ruleset; `InvalidTemplates` if they cannot be used."""
        if ruleset.revision not in self._known:
            files = ruleset.files.items()
            sources = {
                path.removeprefix(_FOLDER): text for path, text in files if path.startswith(_FOLDER)
            }
            self._known[ruleset.revision] = CompiledTemplates(sources, ruleset.policies.shop.locale)
        return self._known[ruleset.revision]
