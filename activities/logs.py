"""Log lines as JSON on stderr. What is logged are keys, rule ids and kinds of failures, never a person."""

import logging
import sys

import structlog
from structlog.types import Processor

_LEVEL = logging.INFO
# The pool tells every try, and we say once that the database is away; the client tells whole addresses, with secrets.
_LOUD = ("psycopg.pool", "httpx")


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
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.ERROR)
