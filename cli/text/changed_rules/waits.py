"""How a plan reads in a terminal: who waits, and what would change for them."""

from collections.abc import Iterator, Mapping
from typing import Any


def waits_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """The plan for a person, from its JSON with spelled times."""
    yield f"{told['active']} → {told['new']}: who waits now"
    if not told["rules"]:
        yield "nobody"
    for rule, kinds in told["rules"].items():
        yield f"{rule}: " + ", ".join(f"{one['count']} {kind}" for kind, one in kinds.items())
        for kind, one in kinds.items():
            yield from (f"    {kind}  {_sample(sample)}" for sample in one["samples"])
            if one["samples"] and (more := one["count"] - len(one["samples"])):
                yield f"    … and {more} more"
    if unread := told.get("unread"):
        yield _left_out(unread)


def _left_out(number: int) -> str:
    journeys = "a journey" if number == 1 else f"{number} journeys"
    return f"nothing is said of {journeys} that cannot be read: `purna event quarantined` tells why"


def _sample(sample: Mapping[str, Any]) -> str:
    whose = next(f"{kind} {sample[kind]}" for kind in ("order", "customer") if kind in sample)
    if "keeps" in sample and sample.get("was") == sample["becomes"]:
        later = sample["begins_later"]
        return f"{whose}: keeps {sample['keeps']}; {later} holds for who begins later"
    return f"{whose}: " + " → ".join(sample[key] for key in ("was", "becomes") if key in sample)
