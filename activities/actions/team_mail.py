"""`tell_team` by mail: a sentence for the team, to the address in PURNA_TEAM_EMAIL."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext
from activities.attempts import retry
from activities.channels.port import Letter, Provider, Refused, Unavailable, Unknown

TELLS_TEAM = "tell_team"
_LONGEST_SUBJECT = 80


class TeamMail:
    """Mails to one address through the provider of mails; nothing of the customer's is in them but
    what a rule says.
    """

    def __init__(self, provider: Provider, to: str) -> None:
        self._provider, self._to = provider, to

    async def ask(self, context: ActionContext, parameters: BaseModel) -> Mapping[str, Any]:
        """Mail the sentence; one that may have arrived is mailed once more under its `Message-ID`.

        Raises `ApplicationError`, non-retryable where the address is refused.
        """
        try:
            await self._provider.send(self._letter(context, parameters), _always)
        except Refused as refused:
            raise ApplicationError(
                f"the team's address: {refused.text}", non_retryable=True
            ) from None
        except Unavailable as away:
            raise retry("the mail server did not take it", away.retry_after) from None
        except Unknown:
            raise retry("nobody knows whether it arrived") from None
        return {}

    def _letter(self, context: ActionContext, parameters: BaseModel) -> Letter:
        said = str(parameters.model_dump(mode="json").get("text", ""))
        about = f"order {context.order}" if context.order else f"customer {context.customer}"
        first = " ".join(said.split())[:_LONGEST_SUBJECT]
        return Letter(
            key=context.key,
            to=self._to,
            subject=first or "Purna",
            text=f"{said}\n\n{about}, shop {context.shop}\n{context.key}\n",
            html=None,
            unsubscribe=None,
            at=context.at,
        )


async def _always() -> bool:
    return True
