"""The body of a request, up to a size."""

from starlette.requests import Request

from web.http.refusal import Refusal


async def read_body(request: Request, most: int) -> bytes:
    """The whole body; a longer one than `most` bytes is refused with 413 before more of it is kept.

    How long the sender may take is the server's concern: see `web.http.timeouts`.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_long(most)
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > most:
            raise _too_long(most)
        body += chunk
    return bytes(body)


def _too_long(most: int) -> Refusal:
    return Refusal(413, "body", f"must not be longer than {most} bytes")
