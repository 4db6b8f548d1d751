"""The cache: memory, hits, evictions, clients. Losing it loses nothing but time."""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits

HITS: Final = (
    "sum(rate(redis_keyspace_hits_total[5m])) / "
    "(sum(rate(redis_keyspace_hits_total[5m])) + sum(rate(redis_keyspace_misses_total[5m])))"
)

BOARD: Final = Board(
    name="mcp-cache",
    title="Cache",
    tags=("mcp", "cache"),
    rows=(
        Row(
            None,
            (
                Panel(
                    "Servers up",
                    (Query("sum(redis_up)", "up"),),
                    kind=Kind.STAT,
                    steps=limits(2, 1),
                    width=6,
                ),
                Panel(
                    "Hits",
                    (Query(HITS, "of look-ups"),),
                    kind=Kind.STAT,
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                    width=6,
                ),
                Panel(
                    "Memory used",
                    (Query("max by (pod) (redis_memory_used_bytes / redis_memory_max_bytes)", "{{ pod }}"),),
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                ),
                Panel(
                    "Commands",
                    (Query("sum by (pod) (rate(redis_commands_processed_total[5m]))", "{{ pod }}"),),
                    unit="ops",
                ),
                Panel("Clients", (Query("sum by (pod) (redis_connected_clients)", "{{ pod }}"),)),
                Panel(
                    "Evicted and expired",
                    (
                        Query("sum(rate(redis_evicted_keys_total[5m]))", "evicted"),
                        Query("sum(rate(redis_expired_keys_total[5m]))", "expired"),
                    ),
                    unit="ops",
                ),
                Panel(
                    "Replicas of the master",
                    (Query("max by (pod) (redis_connected_slaves)", "{{ pod }}"),),
                ),
                Panel(
                    "Connections through the proxy",
                    (Query('sum by (pod) (haproxy_frontend_current_sessions{proxy="cache"})', "{{ pod }}"),),
                    description="Nothing where there is one server, which is asked directly.",
                ),
            ),
        ),
    ),
)
