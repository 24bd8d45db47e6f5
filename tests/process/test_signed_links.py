"""Signed links."""

import pytest

from process.signed_links import Links

NEW, OLD = b"n" * 32, b"o" * 32
CLAIMS = {"shop": "main", "customer": "C1", "category": "sales"}


def some_links(*secrets: bytes) -> Links:
    return Links("https://purna.example/", secrets or (NEW,))


def test_what_was_signed_is_read_back() -> None:
    links = some_links()

    assert links.verify("unsubscribe", links.sign("unsubscribe", CLAIMS)) == CLAIMS


def test_a_link_lies_under_the_base_url() -> None:
    url = some_links().unsubscribe("main", "C1", "sales")

    head, _, token = url.rpartition("/")
    assert head == "https://purna.example/unsubscribe"
    assert some_links().verify("unsubscribe", token) == CLAIMS


def test_the_same_customer_gets_the_same_link() -> None:
    assert some_links().unsubscribe("main", "C1", "sales") == some_links().unsubscribe(
        "main", "C1", "sales"
    )


def test_a_link_of_one_purpose_opens_no_other() -> None:
    token = some_links().sign("track", CLAIMS)  # type: ignore[arg-type]  # a purpose to come

    assert some_links().verify("unsubscribe", token) is None


def test_a_link_of_the_former_secret_stays_valid() -> None:
    token = some_links(OLD).sign("unsubscribe", CLAIMS)

    assert some_links(NEW, OLD).verify("unsubscribe", token) == CLAIMS
    assert some_links(NEW).verify("unsubscribe", token) is None


@pytest.mark.parametrize("place", [0, 6, -1])
def test_a_changed_token_is_refused(place: int) -> None:
    token = list(some_links().sign("unsubscribe", CLAIMS))
    token[place] = "A" if token[place] != "A" else "B"

    assert some_links().verify("unsubscribe", "".join(token)) is None


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "a.b.c.d", "é.b.c", "0000." + "A" * 5000 + ".x"]
)
def test_nonsense_is_refused_without_an_error(token: str) -> None:
    assert some_links().verify("unsubscribe", token) is None


def test_secrets_are_not_shown() -> None:
    assert "nnnn" not in repr(some_links())
