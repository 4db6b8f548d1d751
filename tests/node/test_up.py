"""A newcomer's `make up CLUSTER=node`: the platform runs as the pods of the stack, and finishes a workflow."""

import json

import httpx
import pytest

from contract.names import Namespace
from ops.controlplane.api import Api
from tests.node.clone import Clone
from tests.node.waiting import until

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]


def test_it_says_which_cluster_it_took_and_what_it_left_out(came_up: str) -> None:
    assert came_up.startswith("cluster: node, ")
    for name in ("NGINX Ingress Controller", "Elasticsearch", "Grafana"):
        assert name in came_up


def test_a_workflow_is_completed_through_the_engines_service(came_up: str) -> None:
    assert "completed in" in came_up


def test_every_pod_is_ready_and_status_says_so(clone: Clone, came_up: str) -> None:
    document = json.loads(clone.done("status", "ARGS=--json"))
    assert document["ready"]
    assert document["cluster"] == "node"
    namespaces = {pod["namespace"] for pod in document["pods"]}
    assert {Namespace.ORCHESTRATION, Namespace.AGENTS, Namespace.DATABASE, Namespace.CACHE} <= namespaces


def test_the_database_has_three_instances_that_follow_synchronously(cluster: Api) -> None:
    (found,) = cluster.list("postgresql.cnpg.io/v1", "Cluster", Namespace.DATABASE)
    assert found["status"]["readyInstances"] == 3
    assert found["spec"]["postgresql"]["synchronous"]["dataDurability"] == "required"


def test_everything_is_reached_on_loopback(clone: Clone, came_up: str) -> None:
    assert httpx.get(f"{clone.url}/health").json()["status"] == "healthy"
    for number in range(4):
        answer = httpx.get(f"http://127.0.0.1:{3001 + number + clone.ports.offset}/health")
        assert answer.status_code == 200


def test_logs_of_a_pod_are_shown_by_the_beginning_of_its_name(clone: Clone, came_up: str) -> None:
    lines = clone.done("logs", "NAME=orchestration-engine").splitlines()
    records = [line[line.index("{") :] for line in lines if "{" in line]  # behind the pod's name where there are two
    assert any(json.loads(record)["level"] for record in records)


def test_outputs_are_those_of_the_stack(clone: Clone, came_up: str) -> None:
    assert json.loads(clone.done("outputs"))["image"].startswith("mcp-platform/platform:sha-")


def test_a_second_up_changes_nothing(clone: Clone, came_up: str) -> None:
    printed = clone.up()
    assert "created" not in printed
    assert "updated" not in printed


def test_autoscalers_read_the_platforms_own_metrics(cluster: Api) -> None:
    """KEDA asks Prometheus, which reads the engine: an autoscaler that knows every value has seen all of them work."""

    def known() -> bool:
        found = cluster.list("autoscaling/v2", "HorizontalPodAutoscaler", Namespace.AGENTS)
        return bool(found) and all(
            {each["type"] for each in hpa["status"].get("currentMetrics") or () if each["type"]}
            >= {"External", "Resource"}
            for hpa in found
        )

    until(known, 120, "autoscalers know queue and utilisation")


def test_the_certificate_is_issued(cluster: Api) -> None:
    (found,) = cluster.list("cert-manager.io/v1", "Certificate", Namespace.ORCHESTRATION)
    assert {each["type"]: each["status"] for each in found["status"]["conditions"]}["Ready"] == "True"


def test_every_login_of_the_database_is_as_the_stack_says(cluster: Api) -> None:
    (found,) = cluster.list("postgresql.cnpg.io/v1", "Cluster", Namespace.DATABASE)
    logins = {each["name"] for each in found["spec"]["managed"]["roles"]}
    assert {"api", "api_2", "api_3", "worker", "worker_2", "worker_3", "backup"} == logins
    status = found["status"]["managedRolesStatus"]
    assert set(status["byStatus"]["reconciled"]) == logins
    assert not status.get("cannotReconcile")


def test_nothing_is_made_that_nobody_here_would_act_on(cluster: Api) -> None:
    for version, kind in (
        ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
        ("barmancloud.cnpg.io/v1", "ObjectStore"),
        ("postgresql.cnpg.io/v1", "ScheduledBackup"),
        ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch"),
        ("batch/v1", "CronJob"),
    ):
        assert cluster.list(version, kind) == [], kind
