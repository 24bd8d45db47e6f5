"""Forms: what may stand in one kind of mapping of the rule language, stated once.

A class per kind of mapping, a `Key` per key with its shape, its words and an example. The reader
asks an instance for its keys; the schema for editors and the reference pages are made from the
class.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from engine.conditions.problems import Problems
from engine.language.nodes import Node
from engine.language.plain_values import unknown_key, value_words

T = TypeVar("T")
Schema = dict[str, Any]
Missing = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ValueShape(Generic[T]):
    """What may stand behind a key: its name in prose, its JSON Schema, and how it is read.

    `read` takes the value and its key; it reports what is wrong and answers None. `forms` are
    those of the mappings that may stand there.
    """

    words: str
    schema: Schema
    read: Callable[[Node, str, Problems], T | None]
    forms: "tuple[type[Form], ...]" = ()


@dataclass(slots=True)
class Key(Generic[T]):
    """One key of a form. Asked of a mapping that was read, it is its value, None if it is missing.

    A key that is a word of Python is spelled with a `_` behind it in the class (`with_`).
    """

    shape: ValueShape[T]
    words: str
    example: str = ""
    needed: bool = False
    missing: Missing | None = None
    name: str = field(default="", init=False)

    def __set_name__(self, owner: "type[Form]", name: str) -> None:
        self.name = name.removesuffix("_")

    @overload
    def __get__(self, form: None, owner: "type[Form]") -> "Key[T]": ...
    @overload
    def __get__(self, form: "Form", owner: "type[Form]") -> T | None: ...
    def __get__(self, form: "Form | None", owner: "type[Form]") -> "Key[T] | T | None":
        if form is None:
            return self
        node = form.get(self.name)
        return None if node is None else self.shape.read(node, self.name, form.problems)


class Form:
    """One mapping of a file, read by key. What is no mapping and keys that do not exist are
    problems at once, keys that are missing when `need` is asked.
    """

    what: ClassVar[str]
    # In prose, what other keys there may be: the names of facts, for example.
    others: ClassVar[str] = ""
    # Keys that do not belong here, each with what to do with it.
    elsewhere: ClassVar[Mapping[str, str]] = {}
    # What holds of the mapping as a whole, as JSON Schema.
    bounds: ClassVar[Schema] = {}
    keys: ClassVar[Mapping[str, Key[Any]]] = {}

    def __init_subclass__(cls) -> None:
        own = {key.name: key for key in vars(cls).values() if isinstance(key, Key)}
        cls.keys = own | {name: key for name, key in cls.keys.items() if name not in own}

    def __init__(self, node: Node, problems: Problems, also: Collection[str] = ()) -> None:
        self.node, self.problems = node, problems
        if not isinstance(node.value, dict):
            problems.add("J09", node, f"{self.what} is a mapping of keys, not {value_words(node)}")
        for key in node.entries:
            if key not in self.keys and key not in also:
                hint = self.elsewhere.get(key)
                message = hint or unknown_key(key, self.what, {*self.keys, *also})
                problems.add("J02", node.keys.get(key, node.position), message)

    @classmethod
    def needed(cls) -> list[str]:
        """The compulsory keys."""
        return [name for name, key in cls.keys.items() if key.needed]

    def need(self) -> bool:
        """Whether all compulsory keys are there; each one that is not is a problem."""
        missing = [key for name, key in self.keys.items() if key.needed and name not in self]
        for key in missing:
            code, message = key.missing or ("J03", f"{self.what} needs {key.name}")
            self.problems.add(code, self.node, message)
        return not missing

    def __contains__(self, key: str) -> bool:
        return key in self.node.entries

    def get(self, key: str) -> Node | None:
        """What stands behind a key."""
        return self.node.entries.get(key)

    def wrong(self, code: str, key: str, message: str) -> None:
        """A problem with what stands behind a key that is there."""
        self.problems.add(code, self.node.entries[key], message)

    def misplaced(self, code: str, key: str, message: str) -> None:
        """A problem with a key itself, which is there."""
        self.problems.add(code, self.node.keys[key], message)

    def is_complete(self) -> bool:
        """`need` for a whole file, which says `version: 1`."""
        whole, version = self.need(), self.get("version")
        if version is not None and version.text != "1":
            message = f"version {value_words(version)} is not known here; this is version 1"
            self.wrong("J09", "version", message)
        return whole

    @classmethod
    def shape(cls, words: str = "") -> ValueShape[Self]:
        """A mapping of this form, as what stands behind a key; `words` name it there."""
        return ValueShape(
            words or cls.what, cls.schema(), lambda node, _, problems: cls(node, problems), (cls,)
        )

    @classmethod
    def schema(cls) -> Schema:
        """The JSON Schema of such a mapping."""
        needed = cls.needed()
        return {
            "title": cls.what,
            "type": "object",
            "additionalProperties": False,
            "properties": {name: described(key) for name, key in cls.keys.items()},
            **({"required": needed} if needed else {}),
            **cls.bounds,
        }


def described(key: Key[Any]) -> Schema:
    """The schema of a key with the words that an editor shows beside it."""
    # Beside a `$ref` draft 7 reads nothing else.
    schema = key.shape.schema
    return {"description": key.words, **({"allOf": [schema]} if "$ref" in schema else schema)}
