"""Prometheus reads the platform by the stack's own monitors, and evaluates the stack's own rules.

No Alertmanager, Grafana or kube-state-metrics runs here: rules on what only those tell are loaded and see nothing.
"""

import pytest

from contract.names import DATABASE_CLUSTER, Namespace
from infra.monitoring.database_queries import QUERIES
from ops.controlplane.api import Api
from tests.node.prometheus import ask, vector
from tests.node.waiting import until

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

UP = {"orchestration-engine": 1, "mcp-agents": 4, "postgresql": 3, "redis": 5}
"""Job, by the specification's name -> pods, of the cache three servers and two proxies. Operators are the node's."""
ROLES = {"business_analyst", "developer", "qa_tester", "technical_architect"}
SCRAPED_SECONDS = 90.0
"""A pod is found, its configuration reloaded, and it is read every fifteen seconds."""


def test_every_pod_of_the_platform_is_read_under_the_specifications_job_names(cluster: Api) -> None:
    def read() -> bool:
        return {labels["job"]: pods for labels, pods in vector(cluster, "count by (job) (up == 1)")} == UP

    until(read, SCRAPED_SECONDS, f"every pod answers Prometheus (asked: {vector(cluster, 'up')})")
    assert {labels["agent_role"] for labels, _ in vector(cluster, 'up{job="mcp-agents"}')} == ROLES


def test_every_monitor_gives_pods(cluster: Api) -> None:
    monitors = {each["metadata"]["name"] for each in cluster.list("monitoring.coreos.com/v1", "PodMonitor")}
    assert monitors == set(UP)


def test_every_rule_is_loaded_and_evaluated_without_an_error(cluster: Api) -> None:
    objects = cluster.list("monitoring.coreos.com/v1", "PrometheusRule", Namespace.MONITORING)
    written = {rule["alert"] for each in objects for group in each["spec"]["groups"] for rule in group["rules"]}
    assert "MCPServiceDown" in written

    def healthy() -> bool:
        loaded = [rule for group in ask(cluster, "rules")["groups"] for rule in group["rules"]]
        faults = [(rule["name"], rule["lastError"]) for rule in loaded if rule.get("lastError")]
        assert not faults
        return {rule["name"] for rule in loaded if rule["health"] == "ok"} == written

    until(healthy, SCRAPED_SECONDS, "every rule was evaluated")


def test_no_alert_fires_where_all_is_well(cluster: Api) -> None:
    assert [each["labels"] for each in ask(cluster, "alerts")["alerts"] if each["state"] == "firing"] == []


def test_the_database_answers_the_stacks_own_queries(cluster: Api) -> None:
    columns = {f"cnpg_{query.name}_{column}" for query in QUERIES for column in (*query.counters, *query.gauges)}
    pattern = "|".join(sorted(columns))

    def told() -> set[str]:
        return {labels["__name__"] for labels, _ in vector(cluster, f'{{__name__=~"{pattern}",job="postgresql"}}')}

    until(lambda: told() == columns, SCRAPED_SECONDS, "every column of every query is a metric")
    failed = vector(cluster, 'cnpg_collector_last_collection_error{job="postgresql"} != 0')
    assert not failed, f"queries of {DATABASE_CLUSTER} fail"


def test_the_exporters_beside_the_caches_servers_are_let_in(cluster: Api) -> None:
    until(lambda: [value for _, value in vector(cluster, "redis_up")] == [1.0] * 3, SCRAPED_SECONDS, "the cache is up")


def test_what_scales_the_platform_is_ready(cluster: Api) -> None:
    def unready() -> list[str]:
        found = cluster.list("keda.sh/v1alpha1", "ScaledObject")
        assert len(found) == len(ROLES) + 1
        return [
            f"{each['metadata']['name']}: {condition.get('message')}"
            for each in found
            for condition in each["status"]["conditions"]
            if condition["type"] == "Ready" and condition["status"] != "True"
        ]

    until(lambda: not unready(), SCRAPED_SECONDS, f"KEDA reads every metric that it scales by ({unready()})")
