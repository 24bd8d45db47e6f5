from datetime import timedelta

import pytest

from activities.channels.email.smtp import SmtpProvider, Tuning
from activities.channels.email.smtp_settings import SmtpSettings
from activities.channels.port import DeliveryFailed, Refused, Stopped, Unavailable, Unknown
from bench.chaos.faulty_smtp import FaultScript, FaultySmtp, SmtpFault, mixed
from tests.activities.channels.email.smtp_cases import SHORT, a_letter, a_provider, failure_of, yes


class Ledger:
    """The last question, and how often and when it was asked."""

    def __init__(self, server: FaultySmtp, answer: bool = True) -> None:  # the word is the meaning
        self.asked_after: list[str] = []
        self._server = server
        self._answer = answer

    async def may_leave(self) -> bool:
        self.asked_after.append(self._server.commands[-1].partition(" ")[0])
        return self._answer


async def test_the_last_question_is_asked_once_between_rcpt_and_data() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        ledger = Ledger(server)
        await provider.send(a_letter(), ledger.may_leave)

    assert ledger.asked_after == ["RCPT"]
    assert [command.partition(" ")[0] for command in server.commands[:4]] == [
        "EHLO",
        "MAIL",
        "RCPT",
        "DATA",
    ]


async def test_a_no_to_the_last_question_takes_the_envelope_back() -> None:
    async with FaultySmtp() as server, a_provider(server.port) as provider:
        ledger = Ledger(server, answer=False)
        with pytest.raises(Stopped):
            await provider.send(a_letter(), ledger.may_leave)
        assert server.commands[-1] == "RSET"
        await provider.send(a_letter(), yes)

    assert len(server.kept) == 1
    assert server.connections == 1


async def test_an_error_of_the_ledger_passes_through_and_nothing_leaves() -> None:
    async def broken() -> bool:
        raise TimeoutError("the database is away")

    async with FaultySmtp() as server, a_provider(server.port) as provider:
        with pytest.raises(TimeoutError, match="database"):
            await provider.send(a_letter(), broken)

    assert "DATA" not in server.commands


@pytest.mark.parametrize(
    ("fault", "minutes", "after_permission"),
    [
        (SmtpFault.GREETING_421, 5 / 60, False),
        (SmtpFault.GREETING_DROP, 5 / 60, False),
        (SmtpFault.MAIL_452, 1, False),
        (SmtpFault.MAIL_DROP, 5 / 60, False),
        (SmtpFault.RCPT_421, 1, False),
        (SmtpFault.RCPT_451, 5, False),
        (SmtpFault.RCPT_HANG, 5 / 60, False),
        (SmtpFault.DATA_DROP, 5 / 60, True),
        (SmtpFault.DATA_451, 1, True),
        (SmtpFault.CONTENT_451, 1, True),
    ],
)
async def test_what_was_certainly_not_taken_is_tried_again(
    fault: SmtpFault,
    minutes: float,
    after_permission: bool,  # a parameter of the table above
) -> None:
    failed, server = await failure_of(fault)

    assert isinstance(failed, Unavailable)
    assert failed.retry_after == timedelta(minutes=minutes)
    assert failed.after_permission is after_permission
    assert not failed.misconfigured
    assert server.kept == []


@pytest.mark.parametrize(
    "fault", [SmtpFault.MAIL_550, SmtpFault.RCPT_550_POLICY, SmtpFault.RCPT_550_RELAY]
)
async def test_a_no_that_is_about_us_is_a_matter_for_a_person(fault: SmtpFault) -> None:
    failed, _ = await failure_of(fault)

    assert isinstance(failed, Unavailable)
    assert failed.misconfigured
    assert failed.retry_after == timedelta(hours=1)
    assert not failed.after_permission


@pytest.mark.parametrize("fault", [SmtpFault.MAIL_530, SmtpFault.LOGIN_535])
async def test_a_login_that_is_refused_is_tried_again_soon(fault: SmtpFault) -> None:
    failed, _ = await failure_of(fault)

    assert isinstance(failed, Unavailable)
    assert failed.misconfigured
    assert failed.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("fault", "code", "dead", "after_permission"),
    [
        (SmtpFault.RCPT_550_UNKNOWN, 550, True, False),
        (SmtpFault.RCPT_552_FULL, 552, False, False),
        (SmtpFault.DATA_554, 554, False, True),
        (SmtpFault.CONTENT_554, 554, False, True),
    ],
)
async def test_a_5xx_is_final_and_only_an_unknown_mailbox_kills_the_address(
    fault: SmtpFault,
    code: int,
    dead: bool,  # a parameter of the table above
    after_permission: bool,  # a parameter of the table above
) -> None:
    failed, _ = await failure_of(fault)

    assert isinstance(failed, Refused)
    assert (failed.code, failed.address_is_dead, failed.after_permission) == (
        code,
        dead,
        after_permission,
    )


@pytest.mark.parametrize(
    ("fault", "bounce"),
    [
        (SmtpFault.RCPT_550_UNKNOWN, "hard"),
        (SmtpFault.RCPT_552_FULL, "soft"),
        (SmtpFault.RCPT_452_FULL, "soft"),
        (SmtpFault.CONTENT_552_FULL, "soft"),
        (SmtpFault.RCPT_421, None),
        (SmtpFault.RCPT_451, None),
        (SmtpFault.RCPT_550_POLICY, None),
        (SmtpFault.MAIL_452, None),
        (SmtpFault.CONTENT_554, None),
        (SmtpFault.TAKE_AND_DROP, None),
    ],
)
async def test_only_what_is_about_the_mailbox_counts_against_the_address(
    fault: SmtpFault, bounce: str | None
) -> None:
    failed, _ = await failure_of(fault)

    assert failed.bounce == bounce


@pytest.mark.parametrize(
    ("refusal", "bounce"),
    [
        (Refused(552, "552 the mailbox is full"), "soft"),
        (Refused(552, "552 too long", after_permission=True), None),
        (Refused(552, "552 5.2.3 too long for this mailbox"), None),
        (Refused(550, "550 5.2.1 not accepting mail"), "soft"),
        (Unavailable("550 5.2.1 you are refused", timedelta(), misconfigured=True), None),
    ],
)
def test_a_full_mailbox_is_known_by_its_status_code_else_by_552(
    refusal: DeliveryFailed, bounce: str | None
) -> None:
    assert refusal.bounce == bounce


@pytest.mark.parametrize(
    "fault",
    [
        SmtpFault.DROP_MID_DATA,
        SmtpFault.HANG_AFTER_DOT,
        SmtpFault.TAKE_AND_HANG,
        SmtpFault.DROP_AFTER_DOT,
        SmtpFault.TAKE_AND_DROP,
        SmtpFault.NONSENSE_AFTER_DOT,
    ],
)
async def test_silence_after_content_is_unknown(fault: SmtpFault) -> None:
    failed, _ = await failure_of(fault, text="a line\n" * 2000)

    assert isinstance(failed, Unknown)
    assert failed.after_permission


async def test_an_answer_counts_although_the_server_drops_right_after_it() -> None:
    async with (
        FaultySmtp(FaultScript(SmtpFault.TAKE_ANSWER_AND_DROP)) as server,
        a_provider(server.port) as provider,
    ):
        await provider.send(a_letter(), yes)

    assert len(server.kept) == 1


async def test_required_tls_is_never_given_up() -> None:
    async with FaultySmtp() as server:
        settings = SmtpSettings.parse(f"smtp://127.0.0.1:{server.port}?tls=required")
        provider = SmtpProvider(settings, "shop@purna.example", Tuning(patience=SHORT))
        with pytest.raises(Unavailable) as failed:
            await provider.send(a_letter(), yes)

    assert failed.value.misconfigured
    assert not any(command.startswith("MAIL") for command in server.commands)


async def test_the_same_seed_makes_the_same_faults_and_every_letter_has_one_known_end() -> None:
    shares = {
        SmtpFault.GREETING_421: 0.1,
        SmtpFault.RCPT_451: 0.2,
        SmtpFault.TAKE_AND_DROP: 0.2,
        SmtpFault.DROP_MID_DATA: 0.1,
    }
    runs = [await ends_of(7, shares), await ends_of(7, shares), await ends_of(8, shares)]

    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {"sent", "Unavailable", "Unknown"}


async def ends_of(seed: int, shares: dict[SmtpFault, float]) -> list[str]:
    ends = []
    async with FaultySmtp(mixed(seed, shares)) as server, a_provider(server.port) as provider:
        for number in range(60):
            try:
                await provider.send(a_letter(key=str(number)), yes)
                ends.append("sent")
            except DeliveryFailed as failed:
                ends.append(type(failed).__name__)
    assert ends.count("sent") <= len(server.kept) <= ends.count("sent") + ends.count("Unknown")
    return ends
