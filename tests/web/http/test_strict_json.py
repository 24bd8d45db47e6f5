"""What is JSON to us, and what is not."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.http.strict_json import MAX_DEPTH, MAX_VALUES, NotJson, read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc\\u0", max_size=6), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_every_value_is_read_as_it_was_written(
    value: Any, escaped: bool
) -> None:  # hypothesis gives it
    assert read_json(json.dumps(value, ensure_ascii=escaped).encode()) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is not JSON"),
        (b'{"a": 1', "is not JSON: .* line 1, column 8"),
        (b'{"a": 1} {"b": 2}', "is not JSON"),
        (b"{'a': 1}", "is not JSON"),
        (b'{"a": NaN}', "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "twice"),
        (b'["a\x00b"]', "is not JSON"),
        (b'["\xed\xa0\x80"]', "UTF-8"),
        (b'["\xff"]', "UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "is not JSON"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
    ],
)
def test_what_two_readers_might_understand_differently_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(NotJson, match=reason):
        read_json(raw)


@pytest.mark.parametrize(
    "told", ['"\\\\u0000"', '"\\\\ud800"', '"\\ud83d\\ude00"', '"\\u0001"', "9223372036854775807"]
)
def test_what_only_looks_like_it_is_not(told: str) -> None:
    assert read_json(told.encode()) == json.loads(told)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'["\\u0000"]', ["\x00"]),
        (b'{"\\u0000": 1}', {"\x00": 1}),
        (b'["\\uDFFF x"]', ["\udfff x"]),
        (b'{"a": ["\\ude00\\ud83d"]}', {"a": ["\ude00\ud83d"]}),
        (b"[1e400, -1e400]", [math.inf, -math.inf]),
        (b"[9223372036854775808]", [math.inf]),
        (b"[-9223372036854775809]", [-math.inf]),
        (b"[" + b"9" * 100_000 + b"]", [math.inf]),
    ],
)
def test_what_no_store_can_hold_is_read_all_the_same(raw: bytes, value: Any) -> None:
    assert read_json(raw) == value


def test_thirty_two_levels_are_the_end() -> None:
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(NotJson, match="deeper than 32"):
        read_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("depth", [33, 1_000, 10_000, 150_000])
def test_no_depth_exhausts_the_reader(opening: bytes, depth: int) -> None:
    with pytest.raises(NotJson):
        read_json(opening * depth)
    closing = opening.translate(bytes.maketrans(b"[{", b"]}"), delete=b'"a:')[::-1]
    with pytest.raises(NotJson, match=r"deeper than 32|more than 100000 values"):
        read_json(opening * depth + b"1" + closing * depth)


@given(st.binary(max_size=60) | st.text('{}[]":,\\u0dD8tfn1e+-. ', max_size=40).map(str.encode))
def test_any_bytes_are_a_value_or_refused(raw: bytes) -> None:
    try:
        value = read_json(raw)
    except NotJson:
        return
    assert read_json(json.dumps(value).replace("Infinity", "1e400").encode()) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"[" + b"[]," * 349_000 + b"[]]",
        b"[" + b"{}," * 349_000 + b"{}]",
        b"[" + b"0," * 520_000 + b"0]",
        b"[" + (b"[" * 20 + b"]" * 20 + b",") * 25_000 + b"0]",
        b"[" + b'"",' * 349_000 + b'""]',
    ],
    ids=["lists", "objects", "numbers", "nested", "texts"],
)
def test_a_mebibyte_of_nothing_keeps_nobody_waiting(raw: bytes) -> None:
    began = time.process_time()
    with pytest.raises(NotJson, match="more than 100000 values"):
        read_json(raw)
    assert time.process_time() - began < 1  # a busy machine counts what it waits for, too


@pytest.mark.parametrize("told", ["commas" + "," * 900_000, '\\"{[,' * 120_000, "\\"])
def test_signs_in_a_text_are_no_values(told: str) -> None:
    assert read_json(json.dumps([told, told[:9]]).encode()) == [told, told[:9]]


@pytest.mark.parametrize(
    "raw",
    [b'["' + b'\\"' * 500_000, b'["' + b',\\"' * 300_000 + b"\\", b'"' * 999_999 + b"," * 100_001],
)
def test_a_text_without_an_end_keeps_nobody_waiting(raw: bytes) -> None:
    began = time.process_time()
    with pytest.raises(NotJson):
        read_json(raw)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("empty", [b"{}", b"[]", b"[ ]", b"{\n}", b"0", b'""', b'"[1, 2"'])
def test_a_hundred_thousand_values_are_read_and_no_more(empty: bytes) -> None:
    assert len(read_json(b"[" + b",".join([empty] * (MAX_VALUES - 1)) + b"]")) == MAX_VALUES - 1
    with pytest.raises(NotJson, match="more than 100000 values"):
        read_json(b"[" + b",".join([empty] * MAX_VALUES) + b"]")


def test_what_stands_in_a_list_of_one_counts_too() -> None:
    halves = (MAX_VALUES - 2) // 2
    assert len(read_json(b"[" + b",".join([b'["a"]'] * halves) + b"]")) == halves
    with pytest.raises(NotJson, match="more than 100000 values"):
        read_json(b"[" + b",".join([b'["a"]'] * (halves + 1)) + b"]")


def test_a_full_batch_of_full_orders_is_read() -> None:
    item = {"id": "TEA-1", "title": "Tea, green, and a pot", "quantity": 2, "price": "5.00 EUR"}
    order = {"id": "A1", "items": [item] * 8, "total": "40.00 EUR"}
    batch = json.dumps([{"id": "1", "source": "s", "data": {"order": order}}] * 1000).encode()

    assert len(read_json(batch)) == 1000
