"""The running application under a real Prometheus and a real Alertmanager, sixty times as fast as in production."""

import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import yaml

from infra.monitoring.alertmanager import DIRECTORY, Channel, Telling, configuration
from infra.monitoring.rules import agents, cache, entrance, providers, workflows
from infra.monitoring.rules.alert import Alert, Scope
from ops.toolchain.tool import ToolName
from tests.agents.turns import developer_output
from tests.monitoring import rulebook, servers
from tests.platform.processes import DEADLINE, Platform, client, platform, until
from tests.servers.postgres import Database

SPEED: Final = 60
SLOW_TURN_SECONDS: Final = 5
TURN_SECONDS: Final = 8
"""Time-out of a turn."""
FIRE_SECONDS: Final = 40.0
ROLE: Final = "developer"
"""Takes the only step of the workflow below; its agent asks the scripted model."""
ONE_STEP: Final = {
    "name": "one-step",
    "title": "One step",
    "description": "One turn of one role, tried once.",
    "input_schema": {"type": "object"},
    "steps": [{"id": "only", "role": ROLE, "task": "Build it.", "max_attempts": 1}],
}
THEMES: Final = (workflows.alerts, agents.alerts, providers.alerts, entrance.alerts, cache.alerts)
"""Of what runs here: neither CloudNativePG nor NGINX nor cert-manager."""


def live_scope() -> Scope:
    """Stack ``local``, with only the engine and the agents read."""
    found = rulebook.settings("local", alertSpeed=SPEED, slowTurnSeconds=SLOW_TURN_SECONDS)
    return Scope(found, rulebook.ROLES, frozenset({"orchestration-engine", "mcp-agents"}))


def live_alerts() -> tuple[Alert, ...]:
    """The rules as a stack of this scope gets them."""
    return tuple(alert for theme in THEMES for alert in theme(live_scope()))


@dataclass
class Live:
    """What a test may break and ask."""

    platform: Platform
    database: servers.Gate
    engine_url: str
    agents: dict[str, "subprocess.Popen[bytes]"]
    variables: dict[str, dict[str, str]]
    cache: servers.Cache
    model: servers.Upstream
    receiver: servers.Receiver
    http: httpx.Client
    prometheus_url: str = ""

    def firing(self) -> dict[str, list[dict[str, Any]]]:
        """Name -> alerts that fire in Prometheus, with labels and annotations."""
        answer = httpx.get(f"{self.prometheus_url}/api/v1/alerts", trust_env=False).json()
        found: dict[str, list[dict[str, Any]]] = {}
        for each in answer["data"]["alerts"]:
            if each["state"] == "firing":
                found.setdefault(each["labels"]["alertname"], []).append(each)
        return found

    def fires(self, alert: str, traffic: Callable[[], None] = lambda: None) -> list[dict[str, Any]]:
        """The alerts of that name, once they fire; ``traffic`` is made meanwhile."""
        return self.once(lambda: self.firing().get(alert), traffic, f"{alert} does not fire")

    def clears(self, *alerts: str, traffic: Callable[[], None] = lambda: None) -> None:
        """Returns once none of them fires."""
        self.once(lambda: not self.firing().keys() & set(alerts), traffic, f"{alerts} do not clear")

    def told(self, alert: str, status: str) -> dict[str, Any]:
        """The notification of it, once it came."""
        complaint = f"nobody is told that {alert} is {status}"
        return self.once(lambda: self.receiver.heard(alert, status), lambda: None, complaint)

    def restart(self, role: str) -> None:
        """A role's agent again, where it was; returns once it serves."""
        self.agents[role].kill()
        self.agents[role].wait(DEADLINE)
        own = self.variables[role]
        self.agents[role] = self.platform.start("agent", role, own)
        until(lambda: httpx.get(f"http://127.0.0.1:{own['MCP_PORT']}/ready", trust_env=False).status_code == 200)

    def up(self) -> int:
        """Targets that Prometheus reaches; 0 while it comes up itself."""
        found = httpx.get(f"{self.prometheus_url}/api/v1/query", params={"query": "count(up == 1)"}, trust_env=False)
        if found.status_code != 200:
            return 0
        return sum(int(each["value"][1]) for each in found.json()["data"]["result"])

    def workflow(self) -> None:
        """Submit one workflow of one step."""
        headers = {"Idempotency-Key": f"w-{next(KEYS)}"}
        self.http.post("/api/v1/workflows", json={"template": "one-step", "input": {}}, headers=headers)

    def request(self) -> None:
        """Read something, whatever the answer."""
        self.http.get("/api/v1/workflows")

    def metrics(self, role: str | None = None) -> str:
        """The exposition of the engine or of a role's agent."""
        url = self.engine_url if role is None else f"http://127.0.0.1:{self.variables[role]['MCP_PORT']}"
        return httpx.get(f"{url}/metrics", trust_env=False).text

    def once(self, check: Callable[[], Any], traffic: Callable[[], None], complaint: str) -> Any:
        """The first true answer of ``check``, with ``traffic`` made meanwhile."""
        end = time.monotonic() + FIRE_SECONDS
        while time.monotonic() < end:
            traffic()
            if answer := check():
                return answer
            time.sleep(0.3)
        raise AssertionError(f"{complaint} within {FIRE_SECONDS:g} s; firing: {self.firing()}\n{self.platform.logs()}")


KEYS = count()


@contextmanager
def live(directory: Path, database: Database, programs: dict[ToolName, Path]) -> Generator[Live]:
    """Everything up, scraped and told; all of it is gone afterwards."""
    with ExitStack() as stack:
        store = servers.Cache(directory)
        stack.callback(store.stop)
        store.start()
        gate = servers.Gate(urlsplit(database.api_url).port or 0)
        stack.callback(gate.end)
        model = stack.enter_context(servers.upstream(developer_output()))
        told = stack.enter_context(servers.receiver())
        made = stack.enter_context(platform(directory, _through(gate, database), store.url))
        templates = directory / "workflows"
        templates.mkdir()
        (templates / "one-step.yaml").write_text(yaml.safe_dump(ONE_STEP))
        made.engine_variables |= {"WORKFLOWS_DIR": str(templates), "AGENT_TIMEOUT_SECONDS": str(TURN_SECONDS)}
        found = {each["ROLE_ID"]: each for each in map(_variables, made.processes)}
        agents_of = dict(zip(found, made.processes, strict=True))
        found[ROLE] |= _asking(model, directory)
        _, engine_url, _ = made.engine("engine")
        routes = stack.enter_context(
            servers.alertmanager(programs[ToolName.ALERTMANAGER], directory, _routes(directory, told.url))
        )
        running = Live(
            made, gate, engine_url, agents_of, found, store, model, told, stack.enter_context(client(engine_url))
        )
        running.restart(ROLE)
        scraping = _scraping(directory, engine_url, found, routes)
        running.prometheus_url = stack.enter_context(
            servers.prometheus(programs[ToolName.PROMETHEUS], directory, scraping)
        )
        until(lambda: running.up() == 1 + len(found))
        yield running


def _through(gate: servers.Gate, database: Database) -> Database:
    """The same database by the gate's port."""

    def through(url: str) -> str:
        parts = urlsplit(url)
        return parts._replace(netloc=f"{parts.username}@127.0.0.1:{gate.port}").geturl()

    urls = (database.owner_url, database.api_url, database.worker_url, database.admin_url)
    return Database(*map(through, urls))


def _asking(model: servers.Upstream, directory: Path) -> dict[str, str]:
    """Variables of an agent that asks the scripted model."""
    key = directory / "openai-api-key"
    key.write_text("sk-scripted")
    return {
        "LLM_PROVIDER_PREFERENCE": "openai",
        "OPENAI_API_KEY_FILE": str(key),
        "OPENAI_BASE_URL": f"{model.url}/v1",
    }


def _variables(process: "subprocess.Popen[bytes]") -> dict[str, str]:
    pairs = Path(f"/proc/{process.pid}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def _routes(directory: Path, url: str) -> str:
    """The stack's configuration; only the directory of its secrets is another."""
    secrets = directory / "receivers"
    secrets.mkdir()
    (secrets / Channel.WEBHOOK).write_text(f"{url}/told")
    telling = Telling(live_scope().pace, 4, frozenset({Channel.WEBHOOK}))
    document = yaml.safe_dump(configuration(telling, live_alerts()), sort_keys=False)
    assert DIRECTORY in document
    return document.replace(DIRECTORY, str(secrets))


def _scraping(directory: Path, engine: str, agents_of: dict[str, dict[str, str]], routes: str) -> dict[str, Any]:
    """The jobs, with the labels that the PodMonitors give."""
    scope = live_scope()
    rules = [alert.rule(scope.settings.monitoring.runbook_base) for alert in live_alerts()]
    file = rulebook.write(directory / "rules.yaml", [{"name": "live", "interval": scope.pace.scrape, "rules": rules}])
    engine_labels = {"namespace": "mcp-orchestration", "pod": "engine"}
    return {
        "global": {
            "scrape_interval": scope.pace.scrape,
            "evaluation_interval": scope.pace.scrape,
            "external_labels": {"region": "local"},
        },
        "rule_files": [str(file)],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [urlsplit(routes).netloc]}]}]},
        "scrape_configs": [
            {
                "job_name": "orchestration-engine",
                "scrape_timeout": scope.pace.scrape,
                "static_configs": [{"targets": [urlsplit(engine).netloc], "labels": engine_labels}],
            },
            {
                "job_name": "mcp-agents",
                "scrape_timeout": scope.pace.scrape,
                "static_configs": [
                    {
                        "targets": [f"127.0.0.1:{each['MCP_PORT']}"],
                        "labels": {"namespace": "mcp-agents", "pod": role, "agent_role": role},
                    }
                    for role, each in agents_of.items()
                ],
            },
        ],
    }
