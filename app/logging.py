"""Logs as JSON lines on standard output, one object per record.

Keys: ``time`` (RFC 3339, UTC), ``level``, ``logger``, ``message``, ``service``, ``replica``; within a request also
``request_id`` and, where the caller sent a W3C ``traceparent``, ``trace_id``. ``extra={...}`` of a record is merged.
Values of secret-looking keys and bearer tokens are replaced, so that a careless call cannot print them.
"""

import json
import logging
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, TextIO

REDACTED: Final = "[redacted]"
_SECRET_KEY = re.compile(r"password|secret|token|ticket|authorization|api_?key|private", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r"(?P<scheme>bearer\s+)[^\s\"',]+"  # Authorization headers
    r"|(?P<dsn>://[^:/@\s]*:)[^@\s/]+(?=@)"  # passwords in URLs
    r"|(?P<query>[?&](?:ticket|token)=)[^&\s\"]+",  # one-time tickets in request lines
    re.IGNORECASE,
)
_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}

_request: ContextVar[dict[str, str] | None] = ContextVar("request_fields", default=None)


@contextmanager
def request_fields(**fields: str) -> Generator[None]:
    """Add ``fields`` to every record logged inside the block by this task and the tasks it starts."""
    token = _request.set({**(_request.get() or {}), **fields})
    try:
        yield
    finally:
        _request.reset(token)


def redact(text: str) -> str:
    """``text`` without bearer tokens, tickets and passwords in URLs."""
    return _SECRET_VALUE.sub(lambda found: f"{found['scheme'] or found['dsn'] or found['query']}{REDACTED}", text)


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object."""

    def __init__(self, service: str, replica: str) -> None:
        super().__init__()
        self._identity = {"service": service, "replica": replica}

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; never raises for odd values, since a log line must not break the caller."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
            **self._identity,
            **(_request.get() or {}),
        }
        for key, value in record.__dict__.items():
            if key not in _STANDARD and key not in line:
                line[key] = _shown(key, value)
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, default=str, ensure_ascii=False)


def _shown(key: str, value: object) -> object:
    if _SECRET_KEY.search(key):
        return REDACTED
    return redact(value) if isinstance(value, str) else value


def configure(service: str, replica: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every logger's records to ``stream`` (standard output) as JSON lines; replaces earlier handlers."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines(service, replica))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Libraries that would say every request again; `app` says it once, with its status and duration.
    for name in ("uvicorn.error", "httpx", "httpcore", "mcp", "alembic.runtime.plugins"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
