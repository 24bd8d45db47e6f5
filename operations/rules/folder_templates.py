"""The templates of a rules folder: what is wrong inside them, and which names they read."""

from collections.abc import Mapping

from activities.channels.rendering.lint import names
from activities.channels.rendering.sandbox import Sandbox
from activities.channels.rendering.template_source import TemplatePart, read
from activities.channels.rendering.templates import LAYOUT, problems
from activities.channels.rendering.variable_uses import variable_uses
from engine.checks.template_uses import TemplateUse
from engine.conditions.condition import Position
from engine.conditions.problems import Problem

_FOLDER = "templates/"
_KINDS = (".md", ".html")
_SANDBOX = Sandbox(autoescape=False)


def is_template(path: str) -> bool:
    """Whether a path within a rules folder is one of a template."""
    return path.startswith(_FOLDER) and path.endswith(_KINDS)


def template_problems(texts: Mapping[str, str]) -> tuple[Problem, ...]:
    """Everything that is wrong inside the templates among the files of a folder."""
    sources = {
        path.removeprefix(_FOLDER): text for path, text in texts.items() if is_template(path)
    }
    return tuple(
        Problem(Position(_FOLDER + one.path, one.line, 1), one.message, "J24")
        for one in problems(sources)
    )


def template_reads(texts: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The dotted names that each template reads; every one of them has to be readable."""
    return {path: _reads(path, text) for path, text in texts.items() if is_template(path)}


def template_uses(texts: Mapping[str, str]) -> dict[str, tuple[TemplateUse, ...]]:
    """How each template uses the names that it reads; every one of them has to be readable."""
    return {
        path: tuple(
            use for part in _parts(path, text) for use in variable_uses(path, part, _SANDBOX)
        )
        for path, text in texts.items()
        if is_template(path)
    }


def _reads(path: str, text: str) -> frozenset[str]:
    return frozenset().union(*(names(part.text, _SANDBOX) for part in _parts(path, text)))


def _parts(path: str, text: str) -> tuple[TemplatePart, ...]:
    if path == _FOLDER + LAYOUT:
        return (TemplatePart(text, 1),)
    source, _ = read(path, text)
    return (*source.parts.values(), source.body)
