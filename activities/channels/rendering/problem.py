"""What is wrong with a template, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class TemplateProblem:
    """A fault in a template file; `line` counts from 1."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"templates/{self.path}:{self.line}: {self.message}"


class InvalidTemplates(ValueError):
    """Every problem of every template, at once."""

    def __init__(self, problems: list[TemplateProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class RenderingFailed(Exception):
    """A template could not be filled with these values; the text names the template and never a
    value.
    """


class TooBig(RenderingFailed):
    """What comes out is longer than a message may be."""
