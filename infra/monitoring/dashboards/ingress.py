"""The way in: NGINX's connections and requests, and whether it runs with the newest configuration."""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits

BOARD: Final = Board(
    name="mcp-ingress",
    title="Ingress",
    tags=("mcp", "ingress"),
    rows=(
        Row(
            None,
            (
                Panel(
                    "Requests",
                    (Query("sum by (pod) (rate(nginx_ingress_nginx_http_requests_total[5m]))", "{{ pod }}"),),
                    unit="reqps",
                    stacked=True,
                ),
                Panel(
                    "Connections",
                    (
                        Query("sum(nginx_ingress_nginx_connections_active)", "active"),
                        Query("sum(nginx_ingress_nginx_connections_reading)", "reading"),
                        Query("sum(nginx_ingress_nginx_connections_writing)", "writing"),
                        Query("sum(nginx_ingress_nginx_connections_waiting)", "waiting"),
                    ),
                ),
                Panel(
                    "Refused with 429",
                    (Query('sum(rate(http_requests_total{status="429"}[5m])) or vector(0)', "by the engine"),),
                    unit="reqps",
                    description="What NGINX itself refuses is in its log; the open-source server counts no status.",
                ),
                Panel(
                    "Dropped connections",
                    (
                        Query(
                            "sum(rate(nginx_ingress_nginx_connections_accepted[5m])) - "
                            "sum(rate(nginx_ingress_nginx_connections_handled[5m]))",
                            "accepted and not handled",
                        ),
                    ),
                    unit="cps",
                ),
                Panel(
                    "Newest configuration loaded",
                    (Query("min(nginx_ingress_controller_nginx_last_reload_status)", "everywhere"),),
                    kind=Kind.STAT,
                    steps=limits(1, 0.5),
                    width=6,
                ),
                Panel(
                    "Reloads",
                    (
                        Query("sum(rate(nginx_ingress_controller_nginx_reloads_total[5m]))", "done"),
                        Query("sum(rate(nginx_ingress_controller_nginx_reload_errors_total[5m]))", "failed"),
                    ),
                    unit="ops",
                    width=18,
                ),
            ),
        ),
    ),
)
