"""Jinja as templates see it: named values and six filters, nothing else of Python."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, Undefined, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from activities.channels.rendering.localized import Passage, Words, otherwise

# How the context of one rendering carries its reader; no template can read a name that begins with
# an underscore.
WORDS, ESCAPE = "_words", "_escape"
_SPOKEN = ("day", "date", "time", "money", "titles")


class Sandbox(ImmutableSandboxedEnvironment):
    """Dots and brackets find keys of mappings only, so `order.items` is the items and no object
    shows an attribute.
    """

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=StrictUndefined,
            finalize=_speak,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.globals.clear()
        self.filters.clear()
        self.filters.update({name: _spoken(name) for name in _SPOKEN}, **{"or": otherwise})
        self.tests.clear()
        self.tests.update(known=_is_known, defined=_is_known)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The key of a mapping; unknown of anything else. What is unknown has only
        unknown parts.
        """
        if isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The key of a mapping or the place in a list."""
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        is_place = (
            isinstance(obj, Sequence) and not isinstance(obj, str) and isinstance(argument, int)
        )
        if is_place and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(hint=f"{argument!r} is unknown")


@pass_context
def _speak(context: Context, value: Any) -> Any:
    if isinstance(value, Passage):
        return value
    words: Words = context.parent[WORDS]
    escape: Callable[[str], str] = context.parent[ESCAPE]
    return escape(words.speak(value))


def _spoken(name: str) -> Callable[[Context, Any], str]:
    @pass_context
    def speak(context: Context, value: Any) -> str:
        spoken: str = getattr(context.parent[WORDS], name)(value)
        return spoken

    return speak


def _is_known(value: Any) -> bool:
    return value is not None and not isinstance(value, Undefined)
