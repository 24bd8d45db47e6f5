"""A clock that a test moves by hand."""


class HandClock:
    """Called as `time.monotonic` is; `now` is what it shows, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
