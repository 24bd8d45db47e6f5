"""A template file taken apart: front matter, one part per channel, and the line each part begins
on.
"""

import re
from dataclasses import dataclass

import yaml

from activities.channels.rendering.problem import TemplateProblem
from engine.language.folder.template_parts import TemplateKeys

EMAIL = "email"
KEYS = tuple(TemplateKeys.keys)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TemplatePart:
    """The text of one key or of the body, and the line of the file it begins on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A file: `parts` by key of the front matter, `body` is Markdown."""

    path: str
    parts: dict[str, TemplatePart]
    body: TemplatePart

    @property
    def channels(self) -> frozenset[str]:
        """The channels it can speak on; a mail needs a subject and a body."""
        direct = {key for key in self.parts if key != "subject"}
        return frozenset(direct | {EMAIL} if "subject" in self.parts and self.body.text else direct)


def read(path: str, text: str) -> tuple[TemplateSource, list[TemplateProblem]]:
    """The file taken apart, as far as it can be, and what is wrong with its form."""
    text = text.replace("\r\n", "\n")
    found = _FRONT.match(text)
    front = found[1] if found else ""
    body = text[found.end() :] if found else text
    above = text[: len(text) - len(body.lstrip("\n"))].count("\n")
    parts, problems = _front_matter(path, front)
    return TemplateSource(path, parts, TemplatePart(body.strip(), above + 1)), problems


def form(source: TemplateSource) -> list[TemplateProblem]:
    """What a message lacks: a mail has a subject and a body, a template at least one part.

    A body alone is the sentence of an answer; which template may be one is for the reader of the
    rules to say.
    """
    if source.body.text and not source.parts:
        return []
    if source.body.text and "subject" not in source.parts:
        return [
            TemplateProblem(
                source.path, 1, "a mail needs a subject: say `subject:` between two lines of ---"
            )
        ]
    if not source.body.text and "subject" in source.parts:
        return [
            TemplateProblem(
                source.path,
                source.parts["subject"].line,
                "a mail needs a text below the second ---",
            )
        ]
    if not source.channels:
        return [TemplateProblem(source.path, 1, "an empty template")]
    return []


def _front_matter(path: str, front: str) -> tuple[dict[str, TemplatePart], list[TemplateProblem]]:
    try:
        root = yaml.compose(front, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 2 if wrong.problem_mark else 1
        return {}, [
            TemplateProblem(path, line, f"front matter that cannot be read: {wrong.problem}")
        ]
    except (yaml.YAMLError, RecursionError):
        return {}, [TemplateProblem(path, 1, "front matter with what YAML does not allow")]
    if root is None:
        return {}, []
    if not isinstance(root, yaml.MappingNode):
        return {}, [TemplateProblem(path, 2, "front matter is a list of `key: text` lines")]
    return _pairs(path, root)


def _pairs(
    path: str, root: yaml.MappingNode
) -> tuple[dict[str, TemplatePart], list[TemplateProblem]]:
    parts: dict[str, TemplatePart] = {}
    problems = []
    for key, value in root.value:
        line = key.start_mark.line + 2  # marks count from 0, and below the first ---
        if complaint := _complaint(key, value, parts):
            problems.append(TemplateProblem(path, line, complaint))
        else:
            parts[key.value] = TemplatePart(value.value.strip(), line)
    return parts, problems


def _complaint(key: yaml.Node, value: yaml.Node, known: dict[str, TemplatePart]) -> str | None:
    if key.value not in KEYS:
        return f"{key.value!r} is no key of a template: {', '.join(KEYS)}"
    if key.value in known:
        return f"{key.value!r} is there twice"
    if (
        not isinstance(value, yaml.ScalarNode)
        or value.tag != "tag:yaml.org,2002:str"
        or not value.value.strip()
    ):
        return f"{key.value!r} is a text; put it in quotes"
    return None
