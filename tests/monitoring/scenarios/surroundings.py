"""What the application stands among: cache, certificates, logs. Counters are given a second."""

from tests.monitoring.scenarios.labels import APP, DAY, ENGINE_NS, FIVE, TEN, clock, counter
from tests.monitoring.timeline import GONE, Scenario, Series

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
