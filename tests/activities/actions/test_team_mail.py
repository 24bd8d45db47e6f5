"""What the team is told by mail, and what becomes of it where nobody takes it."""

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext, Parameters
from activities.actions.team_mail import TeamMail
from activities.channels.port import Letter, MayLeave, Refused, Unavailable, Unknown
from tests.store.shop import NOON

CONTEXT = ActionContext("order:main/A1/rule/x/tell_team/0", NOON, "main", "A1", "C1")


class Notice(Parameters):
    text: str


class Kept:
    """A provider that keeps the letters, or fails."""

    channel, is_away = "email", False

    def __init__(self, failure: Exception | None = None) -> None:
        self.letters: list[Letter] = []
        self.failure = failure

    def admit(self) -> None:
        """It is there."""

    async def send(self, letter: Letter, may_leave: MayLeave) -> None:
        if self.failure:
            raise self.failure
        assert await may_leave()
        self.letters.append(letter)


async def test_the_team_reads_the_sentence_and_whom_it_is_about() -> None:
    kept = Kept()
    team = TeamMail(kept, "team@shop.example")

    assert await team.ask(CONTEXT, Notice(text="Parcel P1 is\nstuck")) == {}
    (letter,) = kept.letters
    assert (letter.to, letter.key) == ("team@shop.example", CONTEXT.key)
    assert letter.subject == "Parcel P1 is stuck"
    assert letter.text.startswith("Parcel P1 is\nstuck\n\norder A1, shop main\n")


@pytest.mark.parametrize(
    ("failure", "is_final"),
    [
        (Refused(550, "no such team"), True),
        (Unavailable("away", timedelta(seconds=9)), False),
        (Unknown("no answer"), False),
    ],
)
async def test_a_refused_address_ends_the_call_and_trouble_does_not(
    failure: Exception, is_final: bool
) -> None:
    with pytest.raises(ApplicationError) as failed:
        await TeamMail(Kept(failure), "team@shop.example").ask(CONTEXT, Notice(text="x"))
    assert failed.value.non_retryable is is_final
