"""Every Service that people want has a port of its own on loopback, whatever is added to it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.names import Namespace, Port
from ops.controlplane.api import Api
from ops.local.ports import LARGEST_OFFSET, PortPlan
from ops.local.reach import PROMETHEUS_SERVICE, forwards
from ops.node.forward import Forward
from tests.ops.local.answering import answering, manifest, objects

AGENTS = ("developer-agent", "business-analyst-agent", "qa-tester-agent", "technical-architect-agent")


def service(namespace: str, name: str) -> dict[str, object]:
    """A Service."""
    return manifest("v1", "Service", name, namespace)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """A cluster with four agents and Prometheus."""
    agents = [service(Namespace.AGENTS, name) for name in AGENTS]
    with answering(objects(*agents, service(Namespace.MONITORING, PROMETHEUS_SERVICE))) as server:
        api = Api.from_kubeconfig(server.kubeconfig(tmp_path / "kubeconfig"))
        yield api
        api.close()


def ports(found: list[Forward]) -> dict[str, int]:
    """Service and its port -> port of the host."""
    return {f"{each.host}:{each.target}": each.port for each in found}


def test_each_service_is_where_the_documentation_says(api: Api) -> None:
    assert ports(forwards(api, PortPlan())) == {
        "mcp-orchestration/orchestration-engine-service:80": 8000,
        "mcp-orchestration/orchestration-engine-service:8001": 8001,
        "database/postgresql-cluster:5432": 15432,
        "cache/redis-cluster:6379": 16379,
        "mcp-agents/business-analyst-agent:3001": 3001,
        "mcp-agents/developer-agent:3001": 3002,
        "mcp-agents/qa-tester-agent:3001": 3003,
        "mcp-agents/technical-architect-agent:3001": 3004,
        "monitoring/prometheus-operated:9090": 19090,
    }


@pytest.mark.parametrize("offset", [0, 1, 100, LARGEST_OFFSET])
def test_no_two_share_a_port_and_every_port_can_be_bound(api: Api, offset: int) -> None:
    plan = PortPlan(offset)
    found = [each.port for each in forwards(api, plan)]
    assert len({*found, plan.api_server, plan.etcd}) == len(found) + 2
    assert max(*found, plan.api_server) <= 65535


def test_the_offset_is_added_to_every_port(api: Api) -> None:
    plain, moved = ports(forwards(api, PortPlan())), ports(forwards(api, PortPlan(100)))
    assert {name: port + 100 for name, port in plain.items()} == moved


def test_without_prometheus_there_is_no_port_for_it(tmp_path: Path) -> None:
    with (
        answering(objects()) as server,
        contextlib.closing(Api.from_kubeconfig(server.kubeconfig(tmp_path / "kubeconfig"))) as api,
    ):
        found = forwards(api, PortPlan())
    assert [each.target for each in found] == [80, Port.WEBSOCKET, Port.DATABASE, Port.CACHE]
