"""``python -m app``: exit codes, what is imported, and a real engine process from start to drain."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from app.__main__ import main
from tests.app.environment import ROOT, TOKEN, engine_environment
from tests.servers.session import free_port

DEADLINE = 40.0


def test_a_bad_environment_is_one_sentence_and_exit_code_two(capsys):
    assert main(["engine"], {}) == 2
    sentence = "DATABASE_API_URL_FILE is not set; set it in the environment, as the pod template does."
    assert capsys.readouterr().err == f"engine: {sentence}\n"


def test_migrate_loads_neither_mcp_nor_a_language_model_sdk():
    code = (
        "import sys; from app.__main__ import main; assert main(['migrate'], {}) == 2;"
        "print([name for name in ('mcp', 'openai', 'anthropic', 'fastapi') if name in sys.modules])"
    )
    told = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True, timeout=60)
    assert told == "[]\n"


def start(environment):
    """An engine process."""
    command = [sys.executable, "-m", "app", "engine"]
    plain = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error::ResourceWarning"}
    return subprocess.Popen(
        command, cwd=ROOT, env={**plain, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def until(check):
    """The first true answer of ``check``."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            if answer := check():
                return answer
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("not in time")


@pytest.fixture
def environment(database, cache_url, tmp_path):
    ports = {"HTTP_PORT": str(free_port()), "WEBSOCKET_PORT": str(free_port())}
    return engine_environment(tmp_path, database.api_url, database.worker_url, cache_url) | ports


def test_an_engine_process_serves_and_ends_in_order_when_told_to(environment):
    process = start(environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{environment['HTTP_PORT']}", trust_env=False) as client:
            until(lambda: client.get("/ready").status_code == 200)
            bearer = {"Authorization": f"Bearer {TOKEN}", "X-Request-Id": "asked-by-a-test"}
            assert client.get("/api/v1/roles", headers=bearer).status_code == 200
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
    assert (process.returncode, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    assert all({"time", "level", "logger", "message", "service", "replica"} <= set(line) for line in lines)
    assert lines[-1]["message"] == "ended in order"
    (asked,) = [line for line in lines if line.get("request_id") == "asked-by-a-test"]
    assert (asked["path"], asked["status"]) == ("/api/v1/roles", 200)
    assert TOKEN not in out


def test_a_taken_port_is_one_sentence_and_exit_code_two(environment, capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["engine"], {**environment, "HTTP_PORT": str(port)}) == 2
    told = f"engine: HTTP_PORT asks for 127.0.0.1:{port}, which is taken; free it or choose another.\n"
    assert capsys.readouterr().err == told


def test_an_engine_waits_for_a_database_that_is_away_and_says_so(environment, tmp_path):
    away = f"postgresql://api@127.0.0.1:{free_port()}/x?sslmode=disable"
    for name in ("DATABASE_API_URL_FILE", "DATABASE_WORKER_URL_FILE"):
        (tmp_path / name).write_text(away)
    process = start(environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{environment['HTTP_PORT']}", trust_env=False) as client:
            ready = until(lambda: client.get("/ready"))
            assert ready.status_code == 503
            assert ready.json()["checks"]["database"].startswith("does not answer")
            assert client.get("/health").status_code == 200
            answer = client.get("/api/v1/roles", headers={"Authorization": f"Bearer {TOKEN}"})
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert answer.headers["retry-after"] == "1"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
    assert process.returncode == 0
