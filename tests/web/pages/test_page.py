"""What every page shares: its headers and the reader's language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from web.pages.page import LANGUAGES, language, page


def asking_for(told: bytes | None) -> Request:
    headers = [(b"accept-language", told)] if told is not None else []
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("told", "spoken"),
    [
        (None, "en"),
        (b"", "en"),
        (b"id", "id"),
        (b"id-ID,id;q=0.9,en-US;q=0.8", "id"),
        (b"en-GB,en;q=0.9,id;q=0.8", "en"),
        (b"de, id;q=0.3, en;q=0.2", "id"),
        (b"fr-FR", "en"),
        (b"in-ID", "id"),
        (b"ID", "id"),
        (b"id;q=0", "en"),
        (b"en;q=0.1, id ; q=0.9", "id"),
        (b"id;q=much, en", "en"),
        (b"*", "en"),
    ],
)
def test_the_reader_s_language_is_spoken_where_we_know_it(told: bytes | None, spoken: str) -> None:
    assert language(asking_for(told)) == spoken


@given(st.binary(max_size=100))
def test_any_header_is_answered_in_some_language(told: bytes) -> None:
    assert language(asking_for(told)) in LANGUAGES


def test_a_page_tells_nobody_and_runs_nothing() -> None:
    headers = page("home/home.html", lang="en", root="", mail="").headers
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "private, no-store"
    assert headers["x-robots-tag"] == "noindex"
