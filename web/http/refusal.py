"""Why a request is refused, in the one form that every error of the API has."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

_PLACE = {404: "path", 405: "method"}


class Refusal(Exception):
    """The answer to a request that cannot be served: its status, the field that is wrong and what
    was expected there.

    `index` is the place of the event in a batch, from 0.
    """

    def __init__(
        self, status: int, field: str, reason: str, *, index: int | None = None, retry: int = 0
    ) -> None:
        super().__init__(f"{status} {field}: {reason}")
        self.status, self.field, self.reason, self.index, self.retry = (
            status,
            field,
            reason,
            index,
            retry,
        )

    def response(self) -> JSONResponse:
        """`{"error": {"field": …, "reason": …}}`."""
        told: dict[str, str | int] = {"field": self.field, "reason": self.reason}
        if self.index is not None:
            told["index"] = self.index
        return JSONResponse({"error": told}, self.status, self._headers())

    def _headers(self) -> Mapping[str, str]:
        if self.status == 401:  # noqa: PLR2004  # the status that asks for this header
            return {"WWW-Authenticate": 'Bearer realm="purna"'}
        return {"Retry-After": str(self.retry)} if self.retry else {}


def unavailable(reason: str) -> Refusal:
    """Nothing is wrong with the request: the sender may repeat it in a second."""
    return Refusal(503, "server", reason, retry=1)


async def refuse(_: Request, refusal: Exception) -> JSONResponse:
    """The answer to a `Refusal`."""
    assert isinstance(refusal, Refusal)
    return refusal.response()


async def refuse_route(_: Request, error: Exception) -> JSONResponse:
    """The answer where no route leads, in the same form."""
    assert isinstance(error, HTTPException)
    headers = error.headers or {}
    reason = f"must be {allowed}" if (allowed := headers.get("Allow")) else error.detail
    answer = Refusal(error.status_code, _PLACE.get(error.status_code, "request"), reason).response()
    answer.headers.update(headers)
    return answer
