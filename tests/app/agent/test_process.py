"""``python -m app agent`` as a pod runs it: starts, serves, drains on SIGTERM, says what is wrong.

The provider behind it is a local fake server that speaks OpenAI's API.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.engine.turns.link import AgentLinks
from app.engine.turns.tokens import TokenMint
from contract.turn import TurnRefusal, TurnResponse
from tests.agents.agents import ROLES
from tests.agents.provider import Scripted, fake_provider
from tests.agents.turns import developer_output, turn

ROOT = Path(__file__).resolve().parents[3]
KEY = Ed25519PrivateKey.generate()
DEADLINE = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(directory: Path, port: int, **changes: str) -> dict[str, str]:
    public = directory / "public.pem"
    public.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    key = directory / "openai-api-key"
    key.write_text("sk-test")
    given = {
        "PATH": os.environ["PATH"],
        "ROLE_ID": "developer",
        "ROLE_FILE": str(ROLES / "developer.yaml"),
        "VERIFY_KEY_FILE": str(public),
        "OPENAI_API_KEY_FILE": str(key),
        "LLM_PROVIDER_PREFERENCE": "offline",
        "BIND_HOST": "127.0.0.1",
        "MCP_PORT": str(port),
    }
    return given | changes


@contextmanager
def process(variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "app", "agent"],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            if started.poll() is None:
                started.kill()


def wait_ready(base: str, started: subprocess.Popen[str]) -> None:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until and started.poll() is None:
        try:
            if httpx.get(f"{base}/ready", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            threading.Event().wait(0.05)
    raise AssertionError(f"not ready: {started.poll()}")


def completion() -> dict[str, object]:
    message = {"role": "assistant", "content": json.dumps(developer_output())}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def test_a_turn_under_way_is_finished_before_the_process_ends(tmp_path: Path) -> None:
    release = threading.Event()
    port = free_port()
    base = f"http://127.0.0.1:{port}"

    async def ask() -> TurnResponse | TurnRefusal:
        async with AgentLinks() as links:
            return await links.take_turn(f"{base}/mcp", turn(), TokenMint(lambda: KEY)(turn()), DEADLINE)

    answers: list[TurnResponse | TurnRefusal] = []
    with fake_provider(Scripted(body=completion(), hold=release)) as fake:
        preferred = {"LLM_PROVIDER_PREFERENCE": "openai", "OPENAI_BASE_URL": f"{fake.url}/v1"}
        with process(environment(tmp_path, port, **preferred)) as started:
            wait_ready(base, started)
            asking = threading.Thread(target=lambda: answers.append(asyncio.run(ask())))
            asking.start()
            until = time.monotonic() + DEADLINE
            while not fake.asked and time.monotonic() < until:
                threading.Event().wait(0.01)
            started.send_signal(signal.SIGTERM)
            wait_refused(port)
            assert started.poll() is None
            release.set()
            asking.join(DEADLINE)
            said, _ = started.communicate(timeout=DEADLINE)
    assert isinstance(answers[0], TurnResponse)
    assert answers[0].output == developer_output()
    assert started.returncode == 0
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["result"] for line in lines if line["message"] == "turn taken"] == ["ok"]
    assert "sk-test" not in said


def wait_refused(port: int) -> None:
    """Until nobody listens any more: the process has begun to drain."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        threading.Event().wait(0.02)
    raise AssertionError("still listening")


def test_an_idle_agent_ends_at_once(tmp_path: Path) -> None:
    port = free_port()
    with process(environment(tmp_path, port)) as started:
        wait_ready(f"http://127.0.0.1:{port}", started)
        started.terminate()
        assert started.wait(DEADLINE) == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"ROLE_ID": ""}, "agent: ROLE_ID is not set; set it in the environment, as the pod template does."),
        ({"ROLE_FILE": "/none"}, "agent: ROLE_FILE is refused: /none: No such file or directory; mend the role file."),
    ],
)
def test_a_bad_environment_is_one_sentence(tmp_path: Path, change: dict[str, str], sentence: str) -> None:
    with process(environment(tmp_path, free_port(), **change)) as started:
        said, _ = started.communicate(timeout=DEADLINE)
    assert started.returncode == 2
    assert said.strip() == sentence


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with process(environment(tmp_path, port)) as started:
            said, _ = started.communicate(timeout=DEADLINE)
    assert started.returncode == 2
    assert said.startswith(f"agent: MCP_PORT is {port}, which cannot be listened on: Address already in use;")
