"""How a shipped action is carried out: the shop's system is asked, and what it answers
is checked.

Temporal and the log are imported when an action runs: whoever only reads its parameters does
without.
"""

import hashlib
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from activities.actions.registry import ActionContext

_R = TypeVar("_R", bound=BaseModel)


async def answered(
    asked: BaseModel, context: ActionContext, result: type[_R], **otherwise: Any
) -> _R:
    """The shop's answer as `result`; `otherwise` are the fields that it leaves out.

    An answer that is no such result fails for good: asking again would bring the same.
    """
    said = await done(asked, context)
    try:
        return result.model_validate({**otherwise, **said})
    except ValidationError as wrong:
        fields = ", ".join(
            sorted({".".join(map(str, one["loc"])) for one in wrong.errors(include_input=False)})
        )
        from temporalio.exceptions import ApplicationError

        raise ApplicationError(
            f"the shop's system answered no {fields}", non_retryable=True
        ) from None


async def done(asked: BaseModel, context: ActionContext) -> dict[str, Any]:
    """The shop's answer as it stands. The log names the call, never what was passed."""
    said = await context.ask(asked)
    import structlog

    structlog.get_logger().info("action", key=context.key)
    return dict(said)


def made(prefix: str, context: ActionContext) -> str:
    """An id of our own, the same on every retry."""
    return f"{prefix}-{hashlib.sha256(context.key.encode()).hexdigest()[:10].upper()}"
