"""What uvicorn leaves open below the app: how long a sender may take, and the form of the errors
found there.
"""

import asyncio
import sys

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from web.http.crowd import Crowd
from web.http.limits import network_of
from web.http.refusal import Refusal


class PatientProtocol(H11Protocol):
    """HTTP with a deadline for the head and body of each request, counted from its first byte or
    the connection.
    """

    seconds = 10.0
    crowd = Crowd(sys.maxsize, sys.maxsize)
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """A client that connects and says nothing is late too, and makes room for others."""
        super().connection_made(transport)
        if self.crowd.enter(self, network_of(self.client[0] if self.client else "")):
            self._expect()
        else:
            self.hang_up()

    def data_received(self, data: bytes) -> None:
        """Every byte of one request counts on the same deadline."""
        if self._deadline is None or self._is_between_requests():
            self._expect()
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):  # it has arrived, or never will
            self._expect_no_more()

    def on_response_complete(self) -> None:
        """Who keeps a connection for its next request makes room too."""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE:
            self.crowd.falls_silent(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is owed any more."""
        self._expect_no_more()
        self.crowd.leave(self)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for bytes that are no HTTP."""
        self._end(Refusal(400, "request", msg))

    def hang_up(self) -> None:
        """Without a word, whatever was under way."""
        self.transport.abort()

    def _expect(self) -> None:
        self._expect_no_more()
        self.crowd.falls_silent(self)
        self._deadline = self.loop.call_later(self.seconds, self._is_late)

    def _expect_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self.crowd.speaks(self)

    def _is_between_requests(self) -> bool:
        return self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def _is_late(self) -> None:
        if self._is_between_requests():
            self.transport.close()
        else:
            self._end(Refusal(408, "request", "took too long to arrive"))

    def _end(self, refusal: Refusal) -> None:
        """Say why, where nothing has been answered yet, and hang up; an app that still reads is
        told of it.
        """
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not self.transport.is_closing() and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = refusal.response()
            headers = [*answer.raw_headers, (b"connection", b"close")]
            for event in (
                h11.Response(status_code=refusal.status, headers=headers),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def patient(seconds: float, crowd: Crowd) -> type[PatientProtocol]:
    """For uvicorn's `http` setting."""
    return type("PatientProtocol", (PatientProtocol,), {"seconds": seconds, "crowd": crowd})
