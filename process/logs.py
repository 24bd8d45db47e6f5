"""Log lines as JSON on stderr. What is logged are keys, rule ids and kinds of failures, never a
person.
"""

import logging
import sys
import traceback
from pathlib import Path
from types import TracebackType

import structlog
from structlog.types import Processor
from temporalio.exceptions import ApplicationError

_LEVEL = logging.INFO
# The kind of failure of an attempt that is put off.
NOT_NOW = "NotNow"
# The pool tells every try, and we say once that the database is away; the client tells whole
# addresses, with secrets.
_LOUD = ("psycopg.pool", "httpx", "mail.log")
_FRAMES = 8


class _Brief(logging.Filter):
    """Of an attempt that failed, its kind; of one that is only put off, nothing: the ledger and the
    counts have it.

    The SDK would write a traceback for each, thousands while a mail server is away.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """See `logging.Filter`."""
        failure = record.exc_info[1] if record.exc_info else None
        if failure is None:
            return True
        record.msg = f"{record.msg}: {getattr(failure, 'type', None) or type(failure).__name__}"
        record.exc_info = None
        return not (isinstance(failure, ApplicationError) and failure.type == NOT_NOW)


def configure_logs() -> None:
    """For this process: our own lines and those of the libraries, in one form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVEL),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVEL)
    logging.getLogger("temporalio.activity").addFilter(_Brief())
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)
    sys.excepthook = _ended_by


def _ended_by(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The last line of a process that an error ends: where it was, and not its text, which may quote
    a customer.
    """
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    at = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    structlog.get_logger().critical("ended by an error", error=kind.__name__, at=at)
