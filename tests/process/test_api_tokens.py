"""Which shops a token of the API opens."""

import pytest

from process.api_tokens import ApiToken, read_api_tokens
from process.settings import MissingSetting


def test_a_token_opens_every_shop_or_those_before_its_colon() -> None:
    assert read_api_tokens("all, one:t1 , one + two:t2,") == (
        ApiToken("all"),
        ApiToken("t1", frozenset({"one"})),
        ApiToken("t2", frozenset({"one", "two"})),
    )


def test_a_sign_that_means_something_is_written_by_its_number() -> None:
    (token,) = read_api_tokens("a%2Bb+c%3Ad%2C%25:x:y")
    assert token == ApiToken("x:y", frozenset({"a+b", "c:d,%"}))


@pytest.mark.parametrize("entry", [":geheim", "shop:", "one+:geheim", " +two: geheim", ":"])
def test_an_entry_that_lost_its_shops_opens_nothing_and_is_not_repeated(entry: str) -> None:
    with pytest.raises(MissingSetting, match=r"its entry 2 has a colon") as refused:
        read_api_tokens(f"t, {entry}")
    assert "geheim" not in str(refused.value)


def test_nothing_is_no_token_and_a_token_is_not_shown() -> None:
    assert read_api_tokens(" , ") == ()
    assert "geheim" not in repr(read_api_tokens("one:geheim"))
