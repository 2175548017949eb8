"""Logs: one line per event, structured, with the tracking id of the request and without secrets.

Our own modules use `logs.get(__name__)`; libraries that use `logging` come out in the same form.
"""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

import structlog

tracking_id: ContextVar[str] = ContextVar("meguri_tracking_id", default="")
"""The id that ties the lines, the answer and the audit of one request together; empty outside of requests."""

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|authorization|cookie|credential|api_?key|x-api-key|private|signature|dsn|database_url",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"eyJ[\w-]{5,}\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password@ in an address
    r"|(?<=password=)\S+"
    r"|(?<=[Bb]earer )\S+"
    r"|(?<=[Bb]asic )[A-Za-z0-9+/=]{6,}"
)
_Event = MutableMapping[str, Any]


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure(level: str = "INFO", *, as_json: bool = True, stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (standard error), one line each."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_tracking_id,
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("psycopg.pool", "procrastinate", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


@contextmanager
def tracked(identifier: str) -> Iterator[None]:
    """Within: lines carry `identifier`."""
    token = tracking_id.set(identifier)
    try:
        yield
    finally:
        tracking_id.reset(token)


def hide_secrets(_logger: Any, _method: str, event: _Event) -> _Event:
    """Values under a secret's name, and texts that look like one, are not written."""
    return {name: HIDDEN if _SECRET_NAME.search(name) else _hidden(value) for name, value in event.items()}


def without_secrets(text: str) -> str:
    """`text` with everything hidden that looks like a token or a password."""
    return _SECRET_TEXT.sub(HIDDEN, text)


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {name: HIDDEN if _SECRET_NAME.search(str(name)) else _hidden(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hidden(part) for part in value]
    return value


def _add_tracking_id(_logger: Any, _method: str, event: _Event) -> _Event:
    identifier = tracking_id.get()
    if identifier:
        event["tracking_id"] = identifier
    return event
