"""One JSON object a line, with the request's fields and never a secret."""

import io
import json
import logging

import pytest

from app.logging import JsonLines, redact, request_fields


@pytest.fixture
def log():
    """A logger and what it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("engine", "replica-1"))
    logger = logging.Logger("app.test")
    logger.addHandler(handler)
    return logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_line_with_its_identity(log):
    logger, lines = log
    logger.info("two\nlines %s", 1)
    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "app.test",
        "message": "two\nlines 1",
        "service": "engine",
        "replica": "replica-1",
    }


def test_fields_of_the_request_and_of_the_record_are_merged(log):
    logger, lines = log
    with request_fields(request_id="r"), request_fields(trace_id="t"):
        logger.info("inside", extra={"path": "/x", "level": "cannot be overwritten"})
    logger.info("outside")
    inside, outside = lines()
    assert (inside["request_id"], inside["trace_id"], inside["path"], inside["level"]) == ("r", "t", "/x", "INFO")
    assert "request_id" not in outside


def test_no_secret_is_written(log):
    logger, lines = log
    try:
        raise RuntimeError("Authorization: Bearer hunter2")
    except RuntimeError:
        logger.exception("postgresql://api:hunter2@db/x ?ticket=hunter2", extra={"api_token": "hunter2", "n": 1})
    (line,) = lines()
    assert "hunter2" not in json.dumps(line)
    assert (line["api_token"], line["n"]) == ("[redacted]", 1)
    assert "RuntimeError" in line["exception"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:secret@cache:6379/0", "redis://:[redacted]@cache:6379/0"),
        ("GET /ws?after=1&ticket=abc HTTP", "GET /ws?after=1&ticket=[redacted] HTTP"),
        ("authorization: bearer a.b.c, x", "authorization: bearer [redacted], x"),
        ("http://host:80/a@b", "http://host:80/a@b"),
    ],
)
def test_redaction_keeps_what_is_not_secret(text, shown):
    assert redact(text) == shown


def test_a_value_that_json_does_not_know_is_shown_all_the_same(log):
    logger, lines = log
    logger.info("odd", extra={"thing": object})
    assert "object" in lines()[0]["thing"]
