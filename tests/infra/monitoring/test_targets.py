"""What is read exists and may be reached: pods with those labels, a port of that name, and policies on both sides."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.monitoring.targets import Target, targets
from infra.settings import parse
from tests.infra.network.matrix import End, allowed

OURS = ("orchestration-engine", "mcp-agents", "redis", "fluentd")
"""Jobs whose pods this program makes itself; the others' are operators'."""
PROMETHEUS = End.pods("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"})


@pytest.fixture
def jobs(settings_of: Callable[[str], dict[str, Any]], roles: tuple[str, ...]) -> dict[str, Target]:
    return {target.job: target for target in targets(parse(settings_of("prod")), roles)}


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a LabelSelector takes a pod with ``labels``."""
    equal = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return equal and all(
        rule["key"] in labels and (rule["operator"] == "Exists" or labels[rule["key"]] in rule["values"])
        for rule in selector.get("matchExpressions", [])
    )


def selected(region: list[Any], target: Target) -> list[dict[str, Any]]:
    """Pod templates that ``target`` takes, Jobs' aside."""
    pods = [each.pod for each in region if each.pod is not None and each.kind != "Job"]
    spaces = [each.key[1] for each in region if each.pod is not None and each.kind != "Job"]
    return [
        pod
        for pod, namespace in zip(pods, spaces, strict=True)
        if namespace == target.namespace and selects(target.selector, pod["metadata"]["labels"])
    ]


@pytest.mark.parametrize("job", OURS)
def test_every_job_takes_pods_that_have_its_port(
    prod: list[Any], jobs: dict[str, Target], roles: tuple[str, ...], job: str
) -> None:
    target = jobs[job]
    pods = selected(prod, target)
    assert len(pods) == {"mcp-agents": len(roles), "redis": 2}.get(job, 1)
    for pod in pods:
        ports = {
            port["name"]: port["containerPort"]
            for container in pod["spec"]["containers"]
            for port in container.get("ports", [])
        }
        assert ports[target.port] in target.numbers


def test_prometheus_reaches_the_port_of_every_job(prod: list[Any], jobs: dict[str, Target]) -> None:
    policies = [each.inputs for each in prod if each.kind == "NetworkPolicy"]
    for job in OURS:
        target = jobs[job]
        for pod in selected(prod, target):
            labels = pod["metadata"]["labels"]
            (port,) = {
                port["containerPort"]
                for container in pod["spec"]["containers"]
                for port in container.get("ports", [])
                if port["name"] == target.port
            }
            assert allowed(policies, PROMETHEUS, End.pods(job, target.namespace, labels), port), (job, labels)
    instance = End.pods("postgresql", "database", {"cnpg.io/cluster": "postgresql-cluster"})
    assert allowed(policies, PROMETHEUS, instance, 9187)


def test_the_first_three_jobs_are_the_specifications(jobs: dict[str, Target]) -> None:
    assert list(jobs)[:3] == ["orchestration-engine", "mcp-agents", "postgresql"]


def test_every_job_has_a_monitor_and_every_monitor_one_job(prod: list[Any], jobs: dict[str, Target]) -> None:
    monitors = {each.key[2]: each.inputs["spec"] for each in prod if each.kind == "PodMonitor"}
    assert set(monitors) == set(jobs)
    for name, spec in monitors.items():
        (endpoint,) = spec["podMetricsEndpoints"]
        assert {"targetLabel": "job", "replacement": name} in endpoint["relabelings"]


def test_nothing_is_read_where_monitoring_is_off(
    local_document: Callable[[], dict[str, Any]], region_of: Callable[[dict[str, Any]], list[Any]]
) -> None:
    document = local_document()
    document["monitoring"] |= {"enabled": "off"}
    made = region_of(document)
    assert not [each for each in made if each.kind in ("PodMonitor", "PrometheusRule")]
    assert not [each for each in made if each.key[2] == "mcp-orchestration-dashboard"]
