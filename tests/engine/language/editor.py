"""What an editor would mark in a file by its schema, as the reference validator of JSON Schema
finds it.
"""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError, best_match


def faults(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """What is wrong with a value, each with its path; empty if nothing is."""
    found = Draft7Validator(dict(schema)).iter_errors(value)
    return [_described(best_match([one])) for one in found]


def _described(fault: ValidationError) -> str:
    return f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"
