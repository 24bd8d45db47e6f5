"""How long a client may take to send a request: uvicorn itself waits for ever."""

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_BODY = json.dumps({"error": {"field": "request", "reason": "took too long to arrive"}}).encode()
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(_BODY)).encode()),
    (b"connection", b"close"),
]


class PatientProtocol(H11Protocol):
    """HTTP with a deadline for the head and body of each request, counted from its first byte or the connection."""

    seconds = 10.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """A client that connects and says nothing is late too."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Every byte of one request counts on the same deadline."""
        if self._deadline is None or self._is_between_requests():
            self._expect()
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):  # it has arrived, or will never
            self._expect_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is owed any more."""
        self._expect_no_more()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._expect_no_more()
        self._deadline = self.loop.call_later(self.seconds, self._is_late)

    def _expect_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _is_between_requests(self) -> bool:
        return self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def _is_late(self) -> None:
        """408 where nothing was answered yet, then the end of the connection."""
        if self.transport.is_closing():
            return
        if not self._is_between_requests() and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = h11.Response(status_code=408, headers=_HEADERS, reason=b"Request Timeout")
            for event in (answer, h11.Data(data=_BODY), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def patient(seconds: float) -> type[PatientProtocol]:
    """For uvicorn's `http` setting."""
    return type("PatientProtocol", (PatientProtocol,), {"seconds": seconds})
