"""Settings of the web process."""

import pytest

from process.api_tokens import ApiToken
from process.settings import MissingSetting
from web.http.limits import Rates
from web.http.settings import WebSettings, read_web_settings


def test_it_listens_to_this_machine_alone_unless_told_otherwise() -> None:
    assert read_web_settings({"PURNA_API_TOKEN": "t"}) == WebSettings(
        (ApiToken("t"),), "127.0.0.1", 8000, ""
    )


def test_what_is_set_is_taken() -> None:
    told = {
        "PURNA_API_TOKEN": "new, old,",
        "PURNA_HOST": "0.0.0.0",  # noqa: S104  # what production says
        "PURNA_PORT": "80",
        "PURNA_MAIL_URL": "http://m",
    }
    tokens = (ApiToken("new"), ApiToken("old"))
    assert read_web_settings(told) == WebSettings(tokens, "0.0.0.0", 80, "http://m")  # noqa: S104  # as above


@pytest.mark.parametrize("token", [None, "", " , "])
def test_without_a_token_one_sentence_says_so(token: str | None) -> None:
    with pytest.raises(MissingSetting, match=r"^PURNA_API_TOKEN is not set: it says .*\.$"):
        read_web_settings({"PURNA_API_TOKEN": token} if token is not None else {})


@pytest.mark.parametrize("port", ["http", "-1", "65536", "80.5", "²"])
def test_a_port_is_a_number(port: str) -> None:
    with pytest.raises(MissingSetting, match="PURNA_PORT is not a port"):
        read_web_settings({"PURNA_API_TOKEN": "t", "PURNA_PORT": port})


def test_the_token_is_not_shown() -> None:
    assert "geheim" not in repr(read_web_settings({"PURNA_API_TOKEN": "geheim"}))


def test_limits_are_high_unless_told_otherwise() -> None:
    told = {
        "PURNA_API_TOKEN": "t",
        "PURNA_RATE_ADDRESS": "7",
        "PURNA_RATE_SENDER": "",
        "PURNA_RATE_PAGES": "9",
    }
    assert read_web_settings(told).rates == Rates(address=7, sender=60_000, pages=9)


@pytest.mark.parametrize("name", ["PURNA_RATE_ADDRESS", "PURNA_RATE_SENDER", "PURNA_RATE_PAGES"])
@pytest.mark.parametrize("rate", ["0", "-1", "many", "1.5", "²", "9" * 400])
def test_a_rate_is_a_number(name: str, rate: str) -> None:
    with pytest.raises(MissingSetting, match=rf"^{name} is no rate: [^.]*\.$"):
        read_web_settings({"PURNA_API_TOKEN": "t", name: rate})


def test_connections_of_an_address_are_a_number() -> None:
    told = {"PURNA_API_TOKEN": "t", "PURNA_CONNECTIONS_ADDRESS": "none"}
    with pytest.raises(MissingSetting, match=r"no number: it is how many connections an address"):
        read_web_settings(told)
    assert read_web_settings(told | {"PURNA_CONNECTIONS_ADDRESS": "9"}).connections == 9


def test_secrets_of_sources_may_be_several_and_are_not_shown() -> None:
    settings = read_web_settings(
        {"PURNA_API_TOKEN": "t", "PURNA_SOURCE_SHOP": " neu  geheim ", "PURNA_SOURCE_A": " "}
    )
    assert settings.source_secrets == {"SHOP": ("neu", "geheim"), "A": ()}
    assert "geheim" not in repr(settings)
