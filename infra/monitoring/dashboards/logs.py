"""Logs on their way: Fluentd's buffers and what Elasticsearch does not take."""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits

BOARD: Final = Board(
    name="mcp-logging",
    title="Logging",
    tags=("mcp", "logging"),
    rows=(
        Row(
            None,
            (
                Panel(
                    "Records sent",
                    (Query("sum by (pod) (rate(fluentd_output_status_emit_records[5m]))", "{{ pod }}"),),
                    unit="ops",
                ),
                Panel(
                    "Buffered on the nodes",
                    (Query("sum by (pod) (fluentd_output_status_buffer_total_bytes)", "{{ pod }}"),),
                    unit="bytes",
                ),
                Panel(
                    "Room in the fullest buffer",
                    (Query("min(fluentd_output_status_buffer_available_space_ratio) / 100", "free"),),
                    kind=Kind.STAT,
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                    steps=limits(0.5, 0.2),
                    width=6,
                ),
                Panel(
                    "Errors and retries",
                    (
                        Query("sum(rate(fluentd_output_status_num_errors[5m]))", "errors"),
                        Query("sum(fluentd_output_status_retry_count)", "retries in a row"),
                        Query("sum(rate(fluentd_refused_records_total[5m]))", "refused for good"),
                    ),
                    width=9,
                ),
                Panel(
                    "Elasticsearch nodes ready",
                    (Query('sum(kube_statefulset_status_replicas_ready{namespace="logging"})', "ready"),),
                    minimum=0,
                    width=9,
                ),
            ),
        ),
    ),
)
