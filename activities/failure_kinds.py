"""What a failed activity may say in a history: the kind of the failure, never its text, which may
quote a customer.
"""

from typing import Any

from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


class Discretion(Interceptor):
    """Put on every worker: our own `ApplicationError`s are written with care, all others are
    reduced to their type.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002  # the SDK's name
        """See `Interceptor`."""
        return _Discreet(next)


class _Discreet(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002  # the SDK's name
        try:
            return await super().execute_activity(input)
        except FailureError as failure:
            raise failure from None  # what led to it is written into the history as well
        except Exception as failure:  # noqa: BLE001  # every other failure has a text that nobody has looked at
            kind = type(failure).__name__
            raise ApplicationError(f"{input.fn.__name__}: {kind}", type=kind) from None
