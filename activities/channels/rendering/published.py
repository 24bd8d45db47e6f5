"""The templates of published rules, compiled once for each revision while it is used."""

from activities.channels.rendering.templates import CompiledTemplates
from engine.rules.kept_revisions import KeptRevisions
from engine.rules.ruleset import Ruleset

_FOLDER = "templates/"


class Published:
    """Keeps the templates of the revisions this process has used latest."""

    def __init__(self) -> None:
        self._known = KeptRevisions[CompiledTemplates]()

    def of(self, ruleset: Ruleset) -> CompiledTemplates:
        """The templates of a ruleset; `InvalidTemplates` if they cannot be used."""
        if kept := self._known.get(ruleset.revision):
            return kept
        sources = {
            path.removeprefix(_FOLDER): text
            for path, text in ruleset.files.items()
            if path.startswith(_FOLDER)
        }
        compiled = CompiledTemplates(sources, ruleset.policies.shop.locale)
        return self._known.keep(ruleset.revision, compiled)
