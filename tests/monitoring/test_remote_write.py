"""A region's metrics on their way into the monitoring stack: real Prometheus on both sides, real NGINX between them.

Logins, labels and relabelling are those that both stacks render. Two things stand in: NGINX's location is written here
as nginx/kubernetes-ingress 5.5.4 has it in its template (internal/configs/version1/nginx.ingress.tmpl), since the
controller does not run here, and without TLS; and prometheus-operator's translation of ``remoteWrite``.
"""

import base64
import os
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pulumi
import pytest

from infra.catalogue import read_catalogue
from infra.central import rules
from infra.central.prometheus import prometheus_values
from infra.central.sites import metrics_site
from infra.observatory import Observatory, ObservatoryArgs
from infra.operators.prometheus import values
from infra.region import Region, RegionArgs
from infra.rendering.recorder import Recorder, run_program
from infra.settings import parse
from ops.controlplane.ports import free_ports
from ops.toolchain.tool import ToolName
from tests.infra.conftest import document_of
from tests.ingress import machine
from tests.monitoring import rulebook, servers

DEADLINE = 20.0
REGION, OTHER = "us-east-1", "us-west-2"
SENT, REFUSED = (f"prometheus_remote_storage_samples_{what}total" for what in ("", "failed_"))
ENOUGH = 3000
"""Samples: several scrapes of the receiver's own metrics."""
ROUTE = metrics_site(rulebook.central_settings()).routes[0]
NGINX = """
{user}
daemon off; error_log stderr notice; pid {directory}/pid;
events {{}}
http {{
    access_log {directory}/access.log; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    server {{
        listen 127.0.0.1:{port};
        location = "{path}" {{
            client_max_body_size {body};
            auth_basic "mcp-platform";
            auth_basic_user_file {directory}/htpasswd;
            proxy_pass {behind};
        }}
    }}
}}
"""


def secret(made: Recorder, name: str) -> dict[str, str]:
    """A Secret of namespace ``monitoring``, in clear."""
    (found,) = [each.inputs["data"] for each in made.made if each.key == ("Secret", "monitoring", name)]
    return {key: base64.b64decode(value).decode() for key, value in found.items()}


def observatory() -> Recorder:
    recorder = Recorder()
    arguments = ObservatoryArgs(rulebook.central_settings(), read_catalogue("roles"))
    run_program(recorder, lambda: Observatory("o", arguments) and None)
    return recorder


def region(password: str, replica: int, name: str = REGION) -> dict[str, Any]:
    """``global`` and ``remote_write`` of the Prometheus of a region that was given ``password``."""
    document = document_of("prod") | {"monitoring": {"remoteWrite": "https://metrics.example.com/api/v1/write"}}
    settings = parse(document | {"region": name, "backupRegion": REGION if name != REGION else OTHER})
    recorder = Recorder()
    pulumi.runtime.set_all_config({"mcp:remoteWritePassword": password}, ["mcp:remoteWritePassword"])
    try:
        run_program(recorder, lambda: Region("r", RegionArgs(settings, read_catalogue("roles"))) and None)
    finally:
        pulumi.runtime.set_all_config({}, [])
    spec = values(settings)["prometheus"]["prometheusSpec"]
    (sent,) = spec["remoteWrite"]
    login = secret(recorder, sent["basicAuth"]["username"]["name"])
    return {
        "global": {
            "scrape_interval": "500ms",
            "scrape_timeout": "500ms",
            "external_labels": spec["externalLabels"] | {"prometheus_replica": f"prometheus-{replica}"},
        },
        "remote_write": [
            {
                "basic_auth": {key: login[key] for key in ("username", "password")},
                "write_relabel_configs": sent["writeRelabelConfigs"],
                "queue_config": {"batch_send_deadline": "200ms"},
            }
        ],
    }


@dataclass
class Way:
    """Receiver, NGINX before it, and whoever sends."""

    program: Path
    directory: Path
    stack: ExitStack
    receiver: str
    entrance: str
    passwords: dict[str, str]

    def send(self, configuration: dict[str, Any]) -> tuple[str, ExitStack]:
        """Start a region's Prometheus that reads the receiver's metrics; its address, and what stops it."""
        directory = self.directory / f"sender-{len(list(self.directory.iterdir()))}"
        directory.mkdir()
        configuration["remote_write"][0]["url"] = self.entrance + ROUTE.path
        static = [{"targets": [self.receiver.removeprefix("http://")], "labels": {"pod": "engine-0"}}]
        configuration["scrape_configs"] = [{"job_name": "orchestration-engine", "static_configs": static}]
        own = self.stack.enter_context(ExitStack())
        return own.enter_context(servers.prometheus(self.program, directory, configuration)), own

    def asked(self, query: str) -> list[dict[str, Any]]:
        """Series that ``query`` gives now."""
        answer = httpx.get(f"{self.receiver}/api/v1/query", params={"query": query}, trust_env=False)
        return answer.json()["data"]["result"] if answer.status_code == 200 else []

    def number(self, query: str) -> float:
        """The one value that ``query`` gives, else 0."""
        found = self.asked(query)
        return float(found[0]["value"][1]) if found else 0


@pytest.fixture(scope="module")
def way(programs: dict[ToolName, Path], tmp_path_factory: pytest.TempPathFactory) -> Generator[Way]:
    directory = tmp_path_factory.mktemp("remote-write")
    made = observatory()
    spec = prometheus_values(rulebook.central_settings())["prometheus"]["prometheusSpec"]
    assert spec["enableRemoteWriteReceiver"]
    storage = {"tsdb": {"out_of_order_time_window": spec["tsdb"]["outOfOrderTimeWindow"]}}
    passwords = {name: secret(made, f"remote-write-{name}")["password"] for name in (REGION, OTHER)}
    with ExitStack() as stack:
        home, front = directory / "receiver", directory / "nginx"
        home.mkdir()
        front.mkdir()
        program = programs[ToolName.PROMETHEUS]
        receiver = stack.enter_context(
            servers.prometheus(program, home, {"storage": storage}, "--web.enable-remote-write-receiver")
        )
        (port,) = free_ports(1)
        (front / "htpasswd").write_text(secret(made, ROUTE.logins or "")["htpasswd"])
        given = {"directory": front, "port": port, "path": ROUTE.path, "body": ROUTE.body, "behind": receiver}
        (front / "nginx.conf").write_text(NGINX.format(user="user root;" if os.geteuid() == 0 else "", **given))
        stack.enter_context(machine.running(front, port, port))
        yield Way(program, directory, stack, receiver, f"http://127.0.0.1:{port}", passwords)


def until(check: Callable[[], Any], complaint: str) -> Any:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if answer := check():
            return answer
        time.sleep(0.1)
    raise AssertionError(complaint)


def test_what_both_replicas_of_a_region_send_is_one_series_as_long_as_one_of_them_runs(way: Way) -> None:
    first, second = (way.send(region(way.passwords[REGION], replica)) for replica in (0, 1))
    own = f'up{{region="{REGION}"}}'
    (series,) = until(lambda: way.asked(own), "nothing arrives")
    labels = {"region": REGION, "residency": "us", "cluster": "mcp-prod-us-east-1", "job": "orchestration-engine"}
    assert labels.items() <= series["metric"].items()
    assert "prometheus_replica" not in series["metric"]
    for address, _ in (first, second):
        until(lambda address=address: metric(address, SENT) > ENOUGH, "a replica does not send")
        assert metric(address, REFUSED) == 0
    first[1].close()
    seen = way.number(f"timestamp({own})")
    until(lambda: way.number(f"timestamp({own})") > seen + 1, "the other replica is not heard")
    assert len(way.asked(own)) == 1
    (missing,) = way.asked(rule("RegionMetricsMissing"))
    assert missing["metric"] == {"region": OTHER}
    assert way.asked(rule("RegionMetricsLate")) == []


def test_a_wrong_password_and_none_are_refused_and_nothing_arrives(way: Way) -> None:
    address, _ = way.send(region(way.passwords[REGION], 0, OTHER))
    until(lambda: metric(address, REFUSED) > 0, "nothing is refused")
    assert way.asked(f'up{{region="{OTHER}"}}') == []
    assert httpx.post(way.entrance + ROUTE.path, content=b"", trust_env=False).status_code == 401
    login = (REGION, way.passwords[OTHER])
    assert httpx.post(way.entrance + ROUTE.path, content=b"", auth=login, trust_env=False).status_code == 401


def test_a_region_that_may_write_may_not_read(way: Way) -> None:
    login = (REGION, way.passwords[REGION])
    for path in ("/api/v1/query?query=up", "/api/v1/write/more", "/metrics", "/"):
        assert httpx.get(way.entrance + path, auth=login, trust_env=False).status_code == 404, path


def rule(name: str) -> str:
    """What a rule of the monitoring stack asks."""
    (found,) = [alert.expr for alert in rules.alerts(rulebook.central_settings()) if alert.name == name]
    return found


def metric(address: str, name: str) -> float:
    """Sum of a metric that a Prometheus shows of itself."""
    lines = httpx.get(f"{address}/metrics", trust_env=False).text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))
