"""Every metric that a dashboard or a rule of ours may name, its labels, and where it is from.

Tests scrape the application's own live, read those of CloudNativePG, KEDA and cert-manager out of their Go modules, and
take the rest as this table has them, each with the file that was read.
"""

from dataclasses import dataclass
from typing import Final

from infra.monitoring import database_queries

TARGET: Final = frozenset({"job", "instance", "namespace", "pod", "container", "endpoint"})
"""Labels that a PodMonitor gives every series."""
KUBELET: Final = frozenset({"node", "image", "id", "name", "cpu", "metrics_path", "service"})


@dataclass(frozen=True)
class Source:
    """Who exports metrics, and the file that says so.

    Attributes:
        origin: repository or module and file; for ours the Python file.
        metrics: name as Prometheus stores it (``_total``, ``_bucket``) -> labels beside :data:`TARGET`.
    """

    origin: str
    metrics: dict[str, frozenset[str]]


def _each(labels: str, *names: str) -> dict[str, frozenset[str]]:
    return dict.fromkeys(names, frozenset(labels.split()))


def _histogram(labels: str, name: str) -> dict[str, frozenset[str]]:
    return _each(f"{labels} le", f"{name}_bucket") | _each(labels, f"{name}_count", f"{name}_sum")


ENGINE: Final = Source(
    "app/engine/metrics.py",
    _each("status", "workflow_executions_total")
    | _each("", "workflow_executions_active", "websocket_connections")
    | _each("", "rate_limited_requests_total", "rate_limiter_unavailable_requests_total")
    | _histogram("agent_role", "agent_response_duration_seconds")
    | _each("agent_role status", "agent_executions_total")
    | _each("agent_role", "steps_ready")
    | _each("reason", "websocket_closed_total")
    | _each("method status", "http_requests_total"),
)
AGENT: Final = Source(
    "app/agent/metrics.py; agent_role is the monitor's",
    _each("agent_role provider outcome", "llm_requests_total")
    | _histogram("agent_role provider", "llm_request_duration_seconds")
    | _each("agent_role provider direction", "llm_tokens_total")
    | _each("agent_role provider", "llm_failovers_total")
    | _each("agent_role result", "agent_turns_total")
    | _each("agent_role", "agent_turns_in_flight", "agent_role_valid")
    | _each("agent_role", "agent_repairs_total", "agent_refused_tool_calls_total"),
)
OWN_QUERIES: Final = Source(
    "infra/monitoring/database_queries.py",
    {name: frozenset(labels) for name, labels in database_queries.metrics().items()},
)
CLOUDNATIVE_PG: Final = Source(
    "github.com/cloudnative-pg/cloudnative-pg config/manager/default-monitoring.yaml",
    _each("datname usename application_name state", "cnpg_backends_total", "cnpg_backends_max_tx_duration_seconds")
    | _each("", "cnpg_backends_waiting_total")
    | _each("datname", "cnpg_pg_database_size_bytes", "cnpg_pg_database_xid_age")
    | _each("", "cnpg_pg_replication_lag", "cnpg_pg_replication_streaming_replicas", "cnpg_pg_replication_in_recovery")
    | _each("", "cnpg_pg_replication_is_wal_receiver_up", "cnpg_pg_postmaster_start_time")
    | _each("", "cnpg_pg_stat_archiver_archived_count", "cnpg_pg_stat_archiver_failed_count")
    | _each("", "cnpg_pg_stat_archiver_seconds_since_last_archival")
    | _each("", "cnpg_pg_stat_archiver_seconds_since_last_failure")
    | _each("", "cnpg_pg_stat_archiver_last_archived_time", "cnpg_pg_stat_archiver_last_failed_time")
    | _each("datname", "cnpg_pg_stat_database_xact_commit", "cnpg_pg_stat_database_xact_rollback")
    | _each("datname", "cnpg_pg_stat_database_blks_hit", "cnpg_pg_stat_database_blks_read")
    | _each("datname", "cnpg_pg_stat_database_deadlocks")
    | _each("name", "cnpg_pg_settings_setting"),
)
CLOUDNATIVE_PG_COLLECTOR: Final = Source(
    "github.com/cloudnative-pg/cloudnative-pg pkg/management/postgres/webserver/metricserver/pg_collector.go",
    _each("cluster", "cnpg_collector_up")
    | _each("", "cnpg_collector_last_collection_error", "cnpg_collector_fencing_on", "cnpg_collector_nodes_used")
    | _each("value", "cnpg_collector_pg_wal", "cnpg_collector_pg_wal_archive_status", "cnpg_collector_sync_replicas"),
)
BARMAN_CLOUD: Final = Source(
    "github.com/cloudnative-pg/plugin-barman-cloud internal/cnpgi/instance/metrics.go",
    _each(
        "",
        "barman_cloud_cloudnative_pg_io_first_recoverability_point",
        "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp",
        "barman_cloud_cloudnative_pg_io_last_failed_backup_timestamp",
    ),
)
KEDA: Final = Source(
    "github.com/kedacore/keda/v2 pkg/metricscollector/prommetrics.go",
    _each(
        "namespace metric scaledObject scaler triggerIndex type",
        "keda_scaler_metrics_value",
        "keda_scaler_active",
        "keda_scaler_detail_errors_total",
    )
    | _each("namespace scaledObject", "keda_scaled_object_errors_total", "keda_scaled_object_paused"),
)
CERT_MANAGER: Final = Source(
    "github.com/cert-manager/cert-manager internal/collectors/certificate_collector.go, pkg/metrics/metrics.go",
    _each("name namespace condition issuer_name issuer_kind issuer_group", "certmanager_certificate_ready_status")
    | _each(
        "name namespace issuer_name issuer_kind issuer_group",
        "certmanager_certificate_expiration_timestamp_seconds",
        "certmanager_certificate_renewal_timestamp_seconds",
    )
    | _each("controller", "certmanager_controller_sync_error_count", "certmanager_controller_sync_call_count")
    | _each("scheme host action method status", "certmanager_http_acme_client_request_count"),
)
REDIS: Final = Source(
    "oliver006/redis_exporter exporter/exporter.go",
    _each("", "redis_up", "redis_connected_clients", "redis_memory_used_bytes", "redis_memory_max_bytes")
    | _each("", "redis_keyspace_hits_total", "redis_keyspace_misses_total", "redis_commands_processed_total")
    | _each("", "redis_evicted_keys_total", "redis_expired_keys_total", "redis_connected_slaves"),
)
HAPROXY: Final = Source(
    "haproxy/haproxy addons/promex/service-prometheus.c",
    _each("proxy", "haproxy_backend_active_servers", "haproxy_frontend_current_sessions")
    | _each("proxy", "haproxy_frontend_connections_total"),
)
NGINX: Final = Source(
    "nginx/kubernetes-ingress internal/metrics/listener.go, internal/metrics/collectors/manager.go",
    _each("class", "nginx_ingress_nginx_http_requests_total", "nginx_ingress_nginx_connections_active")
    | _each("class", "nginx_ingress_nginx_connections_accepted", "nginx_ingress_nginx_connections_handled")
    | _each("class", "nginx_ingress_nginx_connections_reading", "nginx_ingress_nginx_connections_writing")
    | _each("class", "nginx_ingress_nginx_connections_waiting")
    | _each("class reason", "nginx_ingress_controller_nginx_reloads_total")
    | _each("class", "nginx_ingress_controller_nginx_reload_errors_total")
    | _each("class", "nginx_ingress_controller_nginx_last_reload_status"),
)
FLUENTD: Final = Source(
    "fluent/fluent-plugin-prometheus lib/fluent/plugin/in_prometheus_output_monitor.rb, infra/logs/fluentd.py",
    _each(
        "hostname plugin_id type",
        "fluentd_output_status_buffer_total_bytes",
        "fluentd_output_status_buffer_available_space_ratio",
        "fluentd_output_status_retry_count",
        "fluentd_output_status_num_errors",
        "fluentd_output_status_emit_records",
    )
    | _each("", "fluentd_refused_records_total"),
)
KUBERNETES: Final = Source(
    "kubernetes/kube-state-metrics internal/store; the kubelet's cAdvisor for container_*",
    _each("namespace deployment", "kube_deployment_status_replicas_available", "kube_deployment_spec_replicas")
    | _each("namespace statefulset", "kube_statefulset_status_replicas_ready")
    | _each(
        "namespace horizontalpodautoscaler",
        "kube_horizontalpodautoscaler_status_current_replicas",
        "kube_horizontalpodautoscaler_status_desired_replicas",
        "kube_horizontalpodautoscaler_spec_max_replicas",
        "kube_horizontalpodautoscaler_spec_min_replicas",
    )
    | _each("namespace cronjob", "kube_cronjob_status_last_successful_time")
    | _each("namespace job_name reason", "kube_job_status_failed")
    | _each("namespace resourcequota resource type", "kube_resourcequota")
    | _each("namespace pod uid", "kube_pod_deletion_timestamp")
    | _each("namespace pod uid phase", "kube_pod_status_phase")
    | _each("namespace pod uid container", "kube_pod_container_status_restarts_total")
    | _each("node", "kube_node_info")
    | dict.fromkeys(("container_cpu_usage_seconds_total", "container_memory_working_set_bytes"), KUBELET),
)
VOLUMES: Final = Source(
    "k8s.io/kubernetes pkg/kubelet/metrics/collectors/volume_stats.go",
    _each(
        "namespace persistentvolumeclaim metrics_path",
        "kubelet_volume_stats_available_bytes",
        "kubelet_volume_stats_capacity_bytes",
    ),
)
ITSELF: Final = Source("Prometheus, for every target", _each("", "up"))

SOURCES: Final = (
    ENGINE,
    AGENT,
    OWN_QUERIES,
    CLOUDNATIVE_PG,
    CLOUDNATIVE_PG_COLLECTOR,
    BARMAN_CLOUD,
    KEDA,
    CERT_MANAGER,
    REDIS,
    HAPROXY,
    NGINX,
    FLUENTD,
    KUBERNETES,
    VOLUMES,
    ITSELF,
)


def known() -> dict[str, frozenset[str]]:
    """Every metric -> its labels, those of its target among them."""
    return {name: labels | TARGET for source in SOURCES for name, labels in source.metrics.items()}
