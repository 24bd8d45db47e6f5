"""The providers of a worker: the shipped one, and those of the shop's own."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace

import pytest

from activities.channels.port import Letter, MayLeave, Provider
from activities.channels.providers import PROVIDERS, provider, served
from compose.providers import check_mail_settings, open_providers
from engine.sending.ledger import LEASE
from process.settings import MailSettings, MissingSetting

MAIL = MailSettings("smtp://127.0.0.1:1", "Shop <shop@purna.example>")


class SmsGate:
    channel = "sms"
    is_away = False

    def __init__(self, token: str) -> None:
        self.token = token
        self.is_closed = False

    def admit(self) -> None: ...

    async def send(self, letter: Letter, may_leave: MayLeave) -> None: ...


@pytest.fixture
def opened() -> Iterator[list[SmsGate]]:
    gates: list[SmsGate] = []

    @provider("sms")
    async def _(settings: Mapping[str, str]) -> AsyncIterator[Provider]:
        gate = SmsGate(settings["SMS_TOKEN"])
        gates.append(gate)
        yield gate
        gate.is_closed = True

    yield gates
    PROVIDERS.pop("sms", None)


async def test_the_mail_server_is_the_shipped_provider() -> None:
    async with open_providers(MAIL, {}) as providers:
        assert list(providers) == ["email"]
    assert served() == {"email"}


async def test_a_registered_provider_serves_its_channel(opened: list[SmsGate]) -> None:
    async with open_providers(MAIL, {"SMS_TOKEN": "t"}) as providers:
        assert (set(providers), opened[0].token) == ({"email", "sms"}, "t")
    assert opened[0].is_closed
    assert served() == {"email", "sms"}


async def test_a_setting_that_it_misses_is_a_sentence(opened: list[SmsGate]) -> None:
    with pytest.raises(
        MissingSetting, match=r"^SMS_TOKEN is not set: the provider of sms asks for it\.$"
    ):
        async with open_providers(MAIL, {}):
            pass
    assert opened == []


def test_a_channel_has_one_registered_provider(opened: list[SmsGate]) -> None:
    del opened
    with pytest.raises(ValueError, match="there is a provider of sms already"):

        @provider("sms")
        async def _(settings: Mapping[str, str]) -> AsyncIterator[Provider]:
            yield SmsGate(settings[""])


def test_a_lease_that_may_run_out_while_a_mail_is_leaving_is_refused() -> None:
    hasty = replace(MAIL, timeouts="operation=2 data=3")

    check_mail_settings(hasty, 25)
    check_mail_settings(MAIL, LEASE)
    with pytest.raises(ValueError, match=r"^PURNA_LEASE is too short: .* leaving for 25 seconds"):
        check_mail_settings(hasty, 24.5)
