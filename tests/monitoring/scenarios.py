"""One scenario for each rule, with figures just below and just above its threshold; counters are given a second."""

from tests.monitoring.rulebook import ROLES
from tests.monitoring.timeline import GONE, Kind, Scenario, Series

DAY = 86400
FIVE, TEN = 300, 600
APP = 'job="orchestration-engine",namespace="mcp-orchestration",pod="e-1"'
AGENT = 'job="mcp-agents",namespace="mcp-agents",pod="d-1",agent_role="developer"'
PG = 'job="postgresql",namespace="database",pod="postgresql-cluster-1"'
OTHER_PG = 'job="postgresql",namespace="database",pod="postgresql-cluster-2"'
THIRD_PG = 'job="postgresql",namespace="database",pod="postgresql-cluster-3"'
BARMAN = "barman_cloud_cloudnative_pg_io"
ENGINE_NS, AGENTS_NS, DATABASE_NS = ({"namespace": each} for each in ("mcp-orchestration", "mcp-agents", "database"))
FIRST = DATABASE_NS | {"pod": "postgresql-cluster-1"}


def counter(selector: str, quiet: float | None, loud: float | None) -> Series:
    return Series(selector, quiet, loud, Kind.COUNTER)


def clock(selector: str, quiet: float, loud: float) -> Series:
    return Series(selector, quiet, loud, Kind.CLOCK)


def up(engine: float | None = 1, role: str = "", quiet: float | None = 1, loud: float | None = 1) -> tuple[Series, ...]:
    """Engine and one agent of each role; ``role``'s is as said."""
    agents = (
        Series(
            f'up{{job="mcp-agents",namespace="mcp-agents",pod="{each}",instance="{each}:3001",agent_role="{each}"}}',
            *((quiet, loud) if each == role else (1, 1)),
        )
        for each in ROLES
    )
    return (Series(f'up{{{APP},instance="e-1:8000"}}', 1, engine), *agents)


WORKFLOWS = (
    Scenario(
        "HighWorkflowFailureRate",
        (
            counter(f'workflow_executions_total{{{APP},status="completed"}}', 0.091, 0.089),
            counter(f'workflow_executions_total{{{APP},status="failed"}}', 0.009, 0.011),
            # A replica that does not report, with its zeros: it must not change the ratio.
            counter(
                'workflow_executions_total{job="orchestration-engine",namespace="mcp-orchestration",pod="e-2",status="failed"}',
                0,
                0,
            ),
        ),
        "Workflow failure rate is 11% over the last 5m",
        ENGINE_NS,
        window=FIVE,
    ),
    Scenario(
        "WorkflowSlotsExhausted",
        (Series(f"workflow_executions_active{{{APP}}}", 99, 100),),
        "100 workflows run, which is MAX_CONCURRENT_WORKFLOWS: new ones wait",
        ENGINE_NS,
    ),
    Scenario(
        "WorkflowQueueStalled",
        (
            Series(f'steps_ready{{{APP},agent_role="developer"}}', 3, 3),
            counter(f'agent_response_duration_seconds_count{{{APP},agent_role="developer"}}', 0.01, 0),
            counter(f'agent_response_duration_seconds_count{{{APP},agent_role="qa_tester"}}', 1, 1),
        ),
        "3 steps wait for developer, and no turn of that role ends",
        ENGINE_NS | {"agent_role": "developer"},
        severity="critical",
        window=TEN,
    ),
)

AGENTS = (
    Scenario(
        "AgentResponseTimeTooHigh",
        tuple(
            counter(f'agent_response_duration_seconds_bucket{{{APP},agent_role="developer",le="{le}"}}', quiet, loud)
            for le, quiet, loud in (("90", 0, 0), ("120", 0.95, 0.94), ("150", 1, 1), ("+Inf", 1, 1))
        ),
        "95th percentile agent response time of developer is 125s",
        ENGINE_NS | {"agent_role": "developer"},
        window=FIVE,
    ),
    Scenario(
        "MCPServiceDown",
        up(role="qa_tester", loud=0),
        "Service mcp-agents qa_tester on qa_tester:3001 is down",
        {
            "job": "mcp-agents",
            "namespace": "mcp-agents",
            "pod": "qa_tester",
            "instance": "qa_tester:3001",
            "agent_role": "qa_tester",
        },
        severity="critical",
    ),
    Scenario(
        "MCPServiceDown",
        up(engine=GONE),
        "Service orchestration-engine has no pod at all",
        {"job": "orchestration-engine"},
        severity="critical",
    ),
    Scenario(
        "MCPServiceDown",
        up(role="developer", loud=GONE),
        "Service mcp-agents developer has no pod at all",
        {"job": "mcp-agents", "agent_role": "developer"},
        severity="critical",
    ),
    Scenario(
        "RoleFileRejected",
        (
            Series(f"agent_role_valid{{{AGENT}}}", 1, 0),
            Series(f"agent_role_valid{{{AGENT.replace('d-1', 'd-2')}}}", 1, 1),
        ),
        "An agent of developer goes on under an older role: the new file is not valid",
        AGENTS_NS | {"agent_role": "developer"},
    ),
)

PROVIDERS = (
    Scenario(
        "ModelProviderFailing",
        (
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="ok"}}', 0.51, 0.49),
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="timeout"}}', 0.49, 0.51),
            counter(f'llm_requests_total{{{AGENT},provider="anthropic",outcome="rejected"}}', 1, 1),
        ),
        "51% of the calls to openai fail",
        AGENTS_NS | {"provider": "openai"},
        window=FIVE,
    ),
    Scenario(
        "NoModelProviderAnswers",
        (
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="unavailable"}}', 1, 1),
            counter(f'llm_requests_total{{{AGENT},provider="anthropic",outcome="ok"}}', 0.01, 0),
        ),
        "Agents make 1.00 calls a second to providers, and none is answered",
        AGENTS_NS,
        severity="critical",
        window=FIVE,
    ),
    Scenario(
        "ModelProviderMisconfigured",
        (
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="misconfigured"}}', 0, 0.1),
            counter(f'llm_requests_total{{{AGENT},provider="openai",outcome="timeout"}}', 1, 1),
        ),
        "openai refuses the key, the model or the account: waiting does not mend it",
        AGENTS_NS | {"provider": "openai"},
        window=FIVE,
    ),
)

ENTRANCE = (
    Scenario(
        "ApiErrorRateHigh",
        (
            counter(f'http_requests_total{{{APP},method="GET",status="200"}}', 0.951, 0.949),
            counter(f'http_requests_total{{{APP},method="POST",status="503"}}', 0.049, 0.051),
        ),
        "5.1% of the API's answers are 5xx",
        ENGINE_NS,
        window=FIVE,
    ),
    Scenario(
        "IngressDown",
        (
            Series('up{job="nginx-ingress",namespace="ingress-nginx",pod="n-1"}', 1, 0),
            Series('up{job="nginx-ingress",namespace="ingress-nginx",pod="n-2"}', 0, 0),
        ),
        "No NGINX answers Prometheus: from outside nothing of this region is reached",
        {},
        severity="critical",
    ),
    Scenario(
        "IngressConfigurationRejected",
        (
            Series(
                'nginx_ingress_controller_nginx_last_reload_status{job="nginx-ingress",namespace="ingress-nginx",pod="n-1"}',
                1,
                0,
            ),
        ),
        "n-1 goes on with an older configuration: changes of routes do not arrive",
        {"namespace": "ingress-nginx", "pod": "n-1"},
    ),
)


def backends(active: tuple[float, float]) -> tuple[Series, ...]:
    labels = 'datname="mcp_orchestration",usename="api"'
    return (
        Series(f'cnpg_backends_total{{{PG},{labels},application_name="engine api",state="idle"}}', *active),
        Series(f'cnpg_backends_total{{{PG},{labels},application_name="engine api",state="active"}}', 80, 80),
        Series(f'cnpg_pg_settings_setting{{{PG},name="max_connections"}}', 200, 200),
        Series(f'cnpg_pg_settings_setting{{{PG},name="max_wal_senders"}}', 10, 10),
    )


def instances(*loud: float | None) -> tuple[Series, ...]:
    """Three, all up while it is quiet."""
    return tuple(
        Series(f'cnpg_collector_up{{{pod},cluster="postgresql-cluster"}}', 1, value)
        for pod, value in zip((PG, OTHER_PG, THIRD_PG), loud, strict=True)
    )


def free(quiet: float, loud: float) -> tuple[Series, ...]:
    volume = 'job="kubelet",metrics_path="/metrics",namespace="database",persistentvolumeclaim="postgresql-cluster-1"'
    return (
        Series(f"kubelet_volume_stats_available_bytes{{{volume}}}", quiet, loud),
        Series(f"kubelet_volume_stats_capacity_bytes{{{volume}}}", 100, 100),
    )


def ids(quiet: float, loud: float) -> tuple[Series, ...]:
    return (Series(f'cnpg_pg_database_xid_age{{{PG},datname="mcp_orchestration"}}', quiet, loud),)


def transaction(user: str, application: str, state: str) -> str:
    labels = f'datname="mcp_orchestration",usename="{user}",application_name="{application}",state="{state}"'
    return f"cnpg_backends_max_tx_duration_seconds{{{PG},{labels}}}"


VOLUME = DATABASE_NS | {"persistentvolumeclaim": "postgresql-cluster-1"}
DATNAME = DATABASE_NS | {"datname": "mcp_orchestration"}
DATABASE = (
    Scenario(
        "DatabaseConnectionPoolExhausted",
        backends((100, 101)),
        "Database connection usage of postgresql-cluster-1 is at 90.5%",
        FIRST,
        severity="critical",
    ),
    Scenario(
        "DatabaseDown",
        instances(0, 0, GONE),
        "No PostgreSQL answers its exporter: the engine accepts and does nothing",
        {},
        severity="critical",
    ),
    Scenario("DatabaseInstanceDown", instances(1, 0, 1), "2 of 3 instances are up", DATABASE_NS),
    Scenario("DatabaseInstanceDown", instances(1, 1, GONE), "2 of 3 instances are up", DATABASE_NS),
    Scenario(
        "DatabaseWithoutStandby",
        (
            Series(f"cnpg_pg_replication_streaming_replicas{{{PG}}}", 1, 0),
            Series(f"cnpg_pg_replication_in_recovery{{{PG}}}", 0, 0),
            # A standby has none of its own.
            Series(f"cnpg_pg_replication_streaming_replicas{{{OTHER_PG}}}", 0, 0),
            Series(f"cnpg_pg_replication_in_recovery{{{OTHER_PG}}}", 1, 1),
        ),
        "Nothing streams from postgresql-cluster-1: a commit waits for one standby, which is not there",
        FIRST,
        severity="critical",
    ),
    Scenario(
        "DatabaseReplicationLagHigh",
        (Series(f"cnpg_pg_replication_lag{{{OTHER_PG}}}", 60, 61),),
        "postgresql-cluster-2 is 1m 1s behind: what it answers is that old",
        DATABASE_NS | {"pod": "postgresql-cluster-2"},
    ),
    Scenario(
        "DatabaseTransactionTooLong",
        (
            Series(transaction("worker", "engine worker", "idle in transaction"), 600, 601),
            Series(transaction("backup", "pg_dump", "active"), 5000, 5000),
        ),
        "worker has one open for 10m 1s on postgresql-cluster-1: "
        "vacuum removes nothing newer, and the queue slows down",
        FIRST | {"usename": "worker"},
    ),
    Scenario(
        "DatabaseTransactionIdsRunOut",
        ids(500e6, 501e6),
        "The oldest row of mcp_orchestration is 501M transactions old, of 2.1G",
        DATNAME,
    ),
    Scenario(
        "DatabaseTransactionIdsRunOut",
        ids(1.5e9, 1.501e9),
        "The oldest row of mcp_orchestration is 1.501G transactions old, of 2.1G",
        DATNAME,
        severity="critical",
    ),
    Scenario(
        "DatabaseVolumeFillingUp",
        free(25, 24),
        "24% of postgresql-cluster-1 is free; PostgreSQL stops at none",
        VOLUME,
    ),
    Scenario(
        "DatabaseVolumeFillingUp",
        free(10, 9),
        "9% of postgresql-cluster-1 is free; PostgreSQL stops at none",
        VOLUME,
        severity="critical",
    ),
)

BACKUPS = (
    Scenario(
        "DatabaseBackupTooOld",
        # Every instance tells the same; one that knows a newer backup is right.
        (
            clock(f"{BARMAN}_last_available_backup_timestamp{{{PG}}}", -26 * 3600 + 1, -26 * 3600 - 1),
            Series(f"{BARMAN}_last_available_backup_timestamp{{{OTHER_PG}}}", -1e9, -1e9),
        ),
        "The newest base backup is 1d 2h 0m 1s old, or there is none",
        DATABASE_NS,
        severity="critical",
    ),
    Scenario(
        "DatabaseBackupFailed",
        (
            Series(f"{BARMAN}_last_available_backup_timestamp{{{PG}}}", 1000, 1000),
            Series(f"{BARMAN}_last_failed_backup_timestamp{{{PG}}}", 999, 1001),
        ),
        "The newest attempt at a base backup failed, and none succeeded since",
        DATABASE_NS,
    ),
    Scenario(
        "WalArchivingFails",
        (
            Series(f"cnpg_pg_stat_archiver_last_archived_time{{{PG}}}", 1000, 1000),
            Series(f"cnpg_pg_stat_archiver_last_failed_time{{{PG}}}", 999, 1001),
            # An instance that never archived and never failed.
            Series(f"cnpg_pg_stat_archiver_last_archived_time{{{OTHER_PG}}}", -1, -1),
            Series(f"cnpg_pg_stat_archiver_last_failed_time{{{OTHER_PG}}}", -1, -1),
        ),
        "postgresql-cluster-1 archives nothing: what a lost region would lose grows, and so does its volume",
        FIRST,
        severity="critical",
    ),
)

CACHED = {"namespace": "cache"}


def cache_servers(*loud: float | None) -> tuple[Series, ...]:
    """Three, all up while it is quiet."""
    return tuple(
        Series(f'redis_up{{job="redis",namespace="cache",pod="redis-cluster-{number}"}}', 1, value)
        for number, value in enumerate(loud)
    )


PROXY = 'job="redis",namespace="cache",pod="proxy-1"'
CACHE = (
    Scenario(
        "CacheUnreachable",
        (counter(f"rate_limiter_unavailable_requests_total{{{APP}}}", 0, 0.5),),
        "0.50 requests a second pass without the limit of their key",
        ENGINE_NS,
        window=FIVE,
    ),
    Scenario(
        "CacheServerDown", cache_servers(1, 0, 1), "Fewer than 3 servers of the cache answer their exporters", CACHED
    ),
    Scenario(
        "CacheServerDown", cache_servers(0, 0, GONE), "Fewer than 3 servers of the cache answer their exporters", {}
    ),
    Scenario(
        "CacheWithoutMaster",
        (
            # Server 0 says that it is master, and one Sentinel too few agrees; a quorum names server 1, which is gone.
            Series(f'haproxy_backend_active_servers{{{PROXY},proxy="server-0"}}', 1, 1),
            Series(f'haproxy_backend_active_servers{{{PROXY},proxy="named-0"}}', 2, 1),
            Series(f'haproxy_backend_active_servers{{{PROXY},proxy="server-1"}}', 0, 0),
            Series(f'haproxy_backend_active_servers{{{PROXY},proxy="named-1"}}', 0, 2),
        ),
        "No proxy of the cache knows a master: requests pass without the limit of their key",
        {},
    ),
)

ISSUED = (
    'job="cert-manager",namespace="mcp-orchestration",name="mcp-tls",'
    'issuer_name="letsencrypt-prod",issuer_kind="ClusterIssuer",issuer_group="cert-manager.io"'
)
TLS = ENGINE_NS | {"name": "mcp-tls"}
CERTIFICATES = (
    Scenario(
        "CertificateExpiresSoon",
        (clock(f"certmanager_certificate_expiration_timestamp_seconds{{{ISSUED}}}", 21 * DAY, 21 * DAY - 1),),
        "mcp-orchestration/mcp-tls ends in 20d 23h 59m 59s",
        TLS,
    ),
    Scenario(
        "CertificateExpiresSoon",
        (clock(f"certmanager_certificate_expiration_timestamp_seconds{{{ISSUED}}}", 7 * DAY, 7 * DAY - 1),),
        "mcp-orchestration/mcp-tls ends in 6d 23h 59m 59s",
        TLS,
        severity="critical",
    ),
    Scenario(
        "CertificateNotReady",
        tuple(
            Series(f'certmanager_certificate_ready_status{{{ISSUED},condition="{condition}"}}', quiet, loud)
            for condition, quiet, loud in (("True", 1, 0), ("False", 0, 1), ("Unknown", 0, 0))
        ),
        "mcp-orchestration/mcp-tls is not issued, or not for what is asked now",
        TLS,
    ),
)

TELLER = 'job="fluentd",namespace="logging",pod="fluentd-1"'
OUT = f'{TELLER},plugin_id="out_elasticsearch",type="elasticsearch"'
STORE = {"namespace": "logging", "pod": "fluentd-1", "plugin_id": "out_elasticsearch"}
LOGS = (
    Scenario(
        "LogDeliveryFails",
        (counter(f"fluentd_output_status_num_errors{{{OUT}}}", 4.9 / TEN, 1 / 60),),
        "fluentd-1 fails to write to out_elasticsearch; lines wait in its buffer",
        STORE,
        window=TEN,
    ),
    Scenario(
        "LogBufferFillingUp",
        (Series(f"fluentd_output_status_buffer_available_space_ratio{{{OUT}}}", 25, 24.9),),
        "24.9 % of the buffer of out_elasticsearch on fluentd-1 is free",
        STORE,
    ),
    Scenario(
        "LogRecordsRefused",
        (counter(f"fluentd_refused_records_total{{{TELLER}}}", 0, 0.1),),
        "60 records of fluentd-1 were refused for good",
        {"namespace": "logging", "pod": "fluentd-1"},
        window=TEN,
    ),
)

SCENARIOS = (*WORKFLOWS, *AGENTS, *PROVIDERS, *ENTRANCE, *DATABASE, *BACKUPS, *CACHE, *CERTIFICATES, *LOGS)
