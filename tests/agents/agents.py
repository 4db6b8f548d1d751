"""Real agents on loopback for tests: the product's server under uvicorn, with a chosen model behind it."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.agent.main import AgentHttp, listen
from app.agent.metrics import AgentMetrics
from app.agent.rolefile import RoleFile
from app.agent.server import AgentServer
from app.agent.settings import AgentSettings, own_hosts
from app.agent.turns import Turns
from app.llm.choice import ProviderSettings
from app.llm.failover import Failover
from app.llm.models import fallback_models
from app.llm.offline.provider import OfflineLlm
from app.llm.ports import Llm

ROLES = Path(__file__).resolve().parents[2] / "roles"
END_SECONDS = 30.0


@dataclass
class RunningAgent:
    """An agent that listens."""

    url: str
    base: str
    role_file: RoleFile
    metrics: AgentMetrics
    server: AgentHttp


@contextmanager
def running_agent(
    role_id: str,
    key: Ed25519PrivateKey,
    llms: Sequence[Llm] = (),
    *,
    roles: Path = ROLES,
    agent_timeout: float = 20.0,
) -> Iterator[RunningAgent]:
    """Serve ``role_id`` in a thread with a loop of its own, as a process would."""
    listener = listen("127.0.0.1", 0)
    settings = AgentSettings(
        role_id=role_id,
        role_file=roles / f"{role_id}.yaml",
        log_level="INFO",
        bind_host="127.0.0.1",
        port=0,
        allowed_hosts=own_hosts(role_id),
        verify_keys=lambda: (key.public_key(),),
        agent_timeout=agent_timeout,
        monitoring=True,
        providers=ProviderSettings(("offline",), {}, {}),
        models=fallback_models(None, None),
    )
    metrics = AgentMetrics()
    role_file = RoleFile(settings.role_file, role_id)
    llm = Failover(llms or [OfflineLlm()], settings.models, metrics)
    server = AgentHttp(
        AgentServer(settings, role_file, Turns(role_file, llm, metrics, agent_timeout), metrics), settings
    )
    thread = threading.Thread(target=lambda: asyncio.run(server._serve([listener])), name=f"agent-{role_id}")
    thread.start()
    port = listener.getsockname()[1]
    try:
        yield RunningAgent(f"http://127.0.0.1:{port}/mcp", f"http://127.0.0.1:{port}", role_file, metrics, server)
    finally:
        server.should_exit = True
        thread.join(END_SECONDS)
        listener.close()
        assert not thread.is_alive()
