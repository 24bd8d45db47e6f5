"""How it reads in a terminal that nothing was said: an event no rule heard, a rule that never
fired.
"""

from cli.text.explained.explanation import dated
from engine.rules.say_when import say_when
from operations.explain.unfired import Unfired
from operations.explain.unheard import Unheard
from operations.instants import spelled


def unheard_line(one: Unheard) -> str:
    """An event that fired nothing, in one line with its time."""
    return dated("known", one.at, f"{one.verdict}{_happened(one)}")


def unheard_lines(one: Unheard) -> list[str]:
    """The same as a block of one line."""
    return [f"{one.verdict} · known {spelled(one.at)}{_happened(one)}"]


def unfired_line(one: Unfired) -> str:
    """A rule that has not fired, in one line with its time."""
    return dated("known", one.at, f"{one.rule.id} · HAS NOT FIRED: {'; '.join(one.missing)}")


def unfired_lines(one: Unfired) -> list[str]:
    """What would have started it, what is missing of that, and what came instead."""
    head = f"{one.rule.id} · revision {one.revision} · HAS NOT FIRED"
    when = [
        f"  ? when   {say_when(trigger)}: {missing}"
        for trigger, missing in zip(one.rule.triggers, one.missing, strict=True)
    ]
    came = ", ".join(f"{name} (happened {spelled(at)})" for name, at in one.came.items())
    return [head, *when, f"  · came   {came}"]


def _happened(one: Unheard) -> str:
    """Its own time, where it came at another."""
    happened, event = spelled(one.happened_at), one.logged.event
    said = f", said to be {spelled(event.told_at)}" if event.origin.told_at else ""
    return f" · happened {happened}{said}" if said or happened != spelled(one.at) else ""
