"""How the story of an order or a customer reads in a terminal."""

from collections.abc import Iterator
from typing import Literal, assert_never

from cli.text.explained.background import background_lines
from cli.text.explained.explanation import explanation_line, explanation_lines
from cli.text.explained.silence import unfired_line, unfired_lines, unheard_line, unheard_lines
from operations.explain.explanation import Explanation
from operations.explain.story import Story, StoryEntry
from operations.explain.unfired import Unfired
from operations.explain.unheard import Unheard

Depth = Literal["short", "normal", "full"]


def story_lines(story: Story, depth: Depth) -> list[str]:
    """A line each, a block each, or each block with all that lies behind it."""
    if depth == "short":
        return [_line(one) for one in story.entries] or ["nothing was decided yet"]
    lines = [line for one in story.entries for line in _block(story, one, depth)]
    return lines or ["nothing was decided yet"]


def _line(one: StoryEntry) -> str:
    match one:
        case Explanation():
            return explanation_line(one)
        case Unheard():
            return unheard_line(one)
        case Unfired():
            return unfired_line(one)
        case _:
            assert_never(one)


def _block(story: Story, one: StoryEntry, depth: Depth) -> Iterator[str]:
    match one:
        case Explanation():
            yield from explanation_lines(one)
            if depth == "full":
                yield from background_lines(story.background(one))
        case Unheard():
            yield from unheard_lines(one)
        case Unfired():
            yield from unfired_lines(one)
        case _:
            assert_never(one)
