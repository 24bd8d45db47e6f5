"""Values whose fact has another type by now than when they were stated: unknown, unless they are of
the new type too.
"""

from engine.catalog.values import FactType, Kind, Value, typed

# The types of JSON in which canonical values are kept that are no text.
_NO_TEXT: dict[Kind, type | tuple[type, ...]] = {
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "list": list,
}


def retyped(fact: FactType, stated: object, zone: str) -> Value:
    """As `typed`, of a canonical value of some type; None if it is none of this one."""
    kept_as = _NO_TEXT.get(fact.kind, str)
    is_flag = isinstance(stated, bool)
    if not isinstance(stated, kept_as) or (is_flag and fact.kind != "boolean"):
        return None
    try:
        return typed(fact, stated, zone)
    except (ValueError, OverflowError):
        return None
