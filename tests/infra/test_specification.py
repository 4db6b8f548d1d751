"""The specification's values, object by object, in stack ``prod``."""

from collections.abc import Callable
from typing import Any

import pytest

Find = Callable[[str, str, str], dict[str, Any]]


@pytest.fixture
def find(prod: list[Any]) -> Find:
    objects = {each.key: each.inputs for each in prod}
    return lambda kind, namespace, name: objects[kind, namespace, name]


def container(workload: dict[str, Any]) -> dict[str, Any]:
    return workload["spec"]["template"]["spec"]["containers"][0]


def test_namespaces_carry_the_labels(find: Find) -> None:
    for name in ("mcp-orchestration", "mcp-agents"):
        labels = find("Namespace", "", name)["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == name
        assert labels["app.kubernetes.io/part-of"] == "agent-platform"
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_namespaces_of_node_agents_say_why_they_are_privileged(find: Find) -> None:
    for name in ("logging", "monitoring"):
        metadata = find("Namespace", "", name)["metadata"]
        assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
        assert "nodes'" in metadata["annotations"]["mcp-platform/privileged-because"]


def test_global_settings(find: Find) -> None:
    assert find("ConfigMap", "mcp-orchestration", "mcp-global-config")["data"] == {
        "ENVIRONMENT": "production",
        "LOG_LEVEL": "INFO",
        "POSTGRES_HOST": "postgresql-cluster.database.svc.cluster.local",
        "REDIS_HOST": "redis-cluster.cache.svc.cluster.local",
        "MONITORING_ENABLED": "true",
        "RATE_LIMITING_ENABLED": "true",
        "DEFAULT_LLM_MODEL": "gpt-4o",
        "MAX_CONCURRENT_WORKFLOWS": "100",
        "AGENT_TIMEOUT_SECONDS": "120",
    }


def test_agents_have_their_own_copy_of_the_keys_they_read(find: Find) -> None:
    assert "POSTGRES_HOST" not in find("ConfigMap", "mcp-agents", "mcp-global-config")["data"]
    assert find("ConfigMap", "mcp-agents", "mcp-global-config")["data"]["DEFAULT_LLM_MODEL"] == "gpt-4o"


def test_engine_resources_ports_and_probes(find: Find) -> None:
    engine = container(find("Deployment", "mcp-orchestration", "orchestration-engine"))
    assert engine["resources"] == {
        "requests": {"memory": "512Mi", "cpu": "500m"},
        "limits": {"memory": "2Gi", "cpu": "2000m"},
    }
    assert engine["ports"] == [
        {"name": "http", "containerPort": 8000},
        {"name": "websocket", "containerPort": 8001},
    ]
    liveness, readiness = engine["livenessProbe"], engine["readinessProbe"]
    assert (liveness["httpGet"]["path"], liveness["initialDelaySeconds"], liveness["periodSeconds"]) == (
        "/health",
        30,
        10,
    )
    assert (readiness["httpGet"]["path"], readiness["initialDelaySeconds"], readiness["periodSeconds"]) == (
        "/ready",
        5,
        5,
    )
    assert {mount["mountPath"] for mount in engine["volumeMounts"]} >= {"/app/config", "/app/logs"}


def test_engine_service(find: Find) -> None:
    spec = find("Service", "mcp-orchestration", "orchestration-engine-service")["spec"]
    assert spec["type"] == "ClusterIP"
    assert [(each["name"], each["port"], each["targetPort"]) for each in spec["ports"]] == [
        ("http", 80, 8000),
        ("websocket", 8001, 8001),
    ]


@pytest.mark.parametrize(
    ("slug", "role"),
    [
        ("business-analyst", "business_analyst"),
        ("technical-architect", "technical_architect"),
        ("developer", "developer"),
        ("qa-tester", "qa_tester"),
    ],
)
def test_agents(find: Find, slug: str, role: str) -> None:
    deployment = find("Deployment", "mcp-agents", f"{slug}-agent")
    assert deployment["metadata"]["labels"] == {"app": f"{slug}-agent", "role": slug}
    agent = container(deployment)
    variables = {each["name"]: each["value"] for each in agent["env"]}
    assert (agent["name"], variables["ROLE_ID"], variables["MCP_PORT"]) == (slug, role, "3001")
    assert variables["LLM_MODEL"] == "gpt-4o-mini"
    assert agent["ports"] == [{"name": "mcp-port", "containerPort": 3001}]
    assert agent["resources"] == {
        "requests": {"memory": "256Mi", "cpu": "250m"},
        "limits": {"memory": "1Gi", "cpu": "1000m"},
    }
    assert (agent["livenessProbe"]["initialDelaySeconds"], agent["livenessProbe"]["periodSeconds"]) == (15, 20)
    volume = deployment["spec"]["template"]["spec"]["volumes"][0]
    assert volume["configMap"]["items"] == [{"key": f"{role}.yaml", "path": "role.yaml"}]
    service = find("Service", "mcp-agents", f"{slug}-service")
    assert service["metadata"]["labels"] == {"role": slug}
    assert service["spec"]["ports"] == [{"name": "mcp", "port": 3001, "targetPort": 3001}]


def test_a_stopping_pod_may_finish_its_turn(find: Find) -> None:
    for namespace, name in (("mcp-orchestration", "orchestration-engine"), ("mcp-agents", "developer-agent")):
        spec = find("Deployment", namespace, name)["spec"]["template"]["spec"]
        assert spec["terminationGracePeriodSeconds"] == 150


def test_engine_autoscaling(find: Find) -> None:
    spec = find("ScaledObject", "mcp-orchestration", "orchestration-engine")["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (3, 10)
    hpa = spec["advanced"]["horizontalPodAutoscalerConfig"]
    assert hpa["name"] == "orchestration-engine-hpa"
    assert hpa["behavior"] == {
        "scaleUp": {
            "stabilizationWindowSeconds": 60,
            "policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": 300,
            "policies": [{"type": "Percent", "value": 25, "periodSeconds": 60}],
        },
    }
    cpu, memory, sockets = spec["triggers"]
    assert (cpu["type"], cpu["metadata"]["value"]) == ("cpu", "70")
    assert (memory["type"], memory["metadata"]["value"]) == ("memory", "80")
    assert (sockets["metricType"], sockets["metadata"]["threshold"]) == ("AverageValue", "100")
    assert "websocket_connections" in sockets["metadata"]["query"]


def test_agent_autoscaling(find: Find) -> None:
    spec = find("ScaledObject", "mcp-agents", "business-analyst-agent")["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (2, 8)
    assert spec["advanced"]["horizontalPodAutoscalerConfig"]["name"] == "business-analyst-hpa"
    assert [each["metadata"]["value"] for each in spec["triggers"][:2]] == ["75", "85"]


def test_database(find: Find) -> None:
    spec = find("Cluster", "database", "postgresql-cluster")["spec"]
    assert spec["instances"] == 3
    parameters = spec["postgresql"]["parameters"]
    assert {name: value for name, value in parameters.items() if not name.startswith("pg_stat_statements.")} == {
        "max_connections": "200",
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "maintenance_work_mem": "64MB",
        "checkpoint_completion_target": "0.9",
        "wal_buffers": "16MB",
        "default_statistics_target": "100",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
    }
    assert spec["postgresql"]["synchronous"] == {
        "method": "any",
        "number": 1,
        "dataDurability": "required",
        "failoverQuorum": True,
    }
    assert spec["bootstrap"]["initdb"] == {
        "database": "mcp_orchestration",
        "owner": "mcp_user",
        "secret": {"name": "postgresql-credentials"},
    }
    assert spec["storage"] == {"size": "100Gi", "storageClass": "fast-ssd"}
    assert spec["resources"] == {
        "requests": {"memory": "2Gi", "cpu": "1000m"},
        "limits": {"memory": "4Gi", "cpu": "2000m"},
    }
    services = {
        each["serviceTemplate"]["metadata"]["name"]: each["selectorType"]
        for each in spec["managed"]["services"]["additional"]
    }
    assert services == {"postgresql-cluster": "rw", "postgresql-read-replica-us-east": "ro"}


def test_only_the_backup_login_passes_row_level_security(find: Find) -> None:
    roles = {
        each["name"]: each for each in find("Cluster", "database", "postgresql-cluster")["spec"]["managed"]["roles"]
    }
    assert set(roles) == {"api", "api_2", "api_3", "worker", "worker_2", "worker_3", "backup"}
    assert [name for name, role in roles.items() if role.get("bypassrls")] == ["backup"]
    assert roles["worker"]["inherit"] is False
    assert not any(role["superuser"] for role in roles.values())


def test_cache(find: Find) -> None:
    server = container(find("StatefulSet", "cache", "redis-cluster"))
    assert server["args"][:14] == [
        *("--maxmemory", "1536mb"),
        *("--maxmemory-policy", "allkeys-lru"),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--tcp-keepalive", "60"),
        *("--timeout", "300"),
        *("--dir", "/data"),
    ]
    assert server["resources"] == {
        "requests": {"memory": "1Gi", "cpu": "500m"},
        "limits": {"memory": "2Gi", "cpu": "1000m"},
    }
    ping = server["readinessProbe"]["exec"]["command"][-1]
    assert " -a " not in ping, "the process list would show the password"
    for service in ("redis-cluster", "redis-us-east"):
        assert find("Service", "cache", service)["spec"]["ports"][0]["port"] == 6379


def test_migration_job(find: Find, prod: list[Any]) -> None:
    (job,) = [each.inputs for each in prod if each.kind == "Job" and each.key[1] == "mcp-orchestration"]
    assert job["metadata"]["name"].startswith("database-migration-")
    assert (job["spec"]["backoffLimit"], job["spec"]["activeDeadlineSeconds"]) == (3, 300)
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "OnFailure"


def test_region_settings(find: Find) -> None:
    assert find("ConfigMap", "mcp-orchestration", "region-config")["data"] == {
        "REGION": "us-east-1",
        "DATABASE_READ_REPLICA": "postgresql-read-replica-us-east.database.svc.cluster.local",
        "REDIS_CLUSTER": "redis-us-east.cache.svc.cluster.local",
        "LLM_PROVIDER_PREFERENCE": "openai,anthropic",
        "BACKUP_REGION": "us-west-2",
    }


def test_region_settings_of_the_other_zone(
    region_of: Callable[[dict[str, Any]], list[Any]], settings_of: Callable[[str], dict[str, Any]]
) -> None:
    made = {each.key: each.inputs for each in region_of(settings_of("eu-west"))}
    assert made["ConfigMap", "mcp-orchestration", "region-config"]["data"] == {
        "REGION": "eu-west-1",
        "DATABASE_READ_REPLICA": "postgresql-read-replica-eu-west.database.svc.cluster.local",
        "REDIS_CLUSTER": "redis-eu-west.cache.svc.cluster.local",
        "LLM_PROVIDER_PREFERENCE": "anthropic",
        "BACKUP_REGION": "eu-central-1",
    }


@pytest.mark.parametrize(
    ("name", "rate", "burst"), [("api", "10r/s", "20"), ("ws", "5r/s", "10"), ("upload", "2r/s", "5")]
)
def test_each_path_has_its_own_rate_limit(find: Find, name: str, rate: str, burst: str) -> None:
    annotations = find("Ingress", "mcp-orchestration", f"mcp-orchestration-ingress-{name}")["metadata"]["annotations"]
    assert annotations["nginx.org/mergeable-ingress-type"] == "minion"
    assert annotations["nginx.org/limit-req-rate"] == rate
    assert annotations["nginx.org/limit-req-burst"] == burst
    assert annotations["nginx.org/limit-req-reject-code"] == "429"
    assert annotations["nginx.org/proxy-read-timeout"] == "300s"


def test_uploads_may_have_50_megabytes(find: Find) -> None:
    upload = find("Ingress", "mcp-orchestration", "mcp-orchestration-ingress-upload")
    assert upload["metadata"]["annotations"]["nginx.org/client-max-body-size"] == "50m"


def test_hosts_and_certificate(find: Find) -> None:
    master = find("Ingress", "mcp-orchestration", "mcp-orchestration-ingress")
    assert master["spec"]["tls"] == [{"hosts": ["api.mcp-platform.com"], "secretName": "mcp-platform-tls"}]
    assert "http" not in master["spec"]["rules"][0]
    certificate = find("Certificate", "mcp-orchestration", "mcp-platform-tls")["spec"]
    assert certificate["dnsNames"] == ["api.mcp-platform.com", "ws.mcp-platform.com"]
    assert certificate["issuerRef"]["name"] == "letsencrypt-prod"
