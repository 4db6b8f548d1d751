"""Certificates: how long they last, and whether they are renewed."""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits

DAY: Final = 86_400.0
EXPIRES: Final = "certmanager_certificate_expiration_timestamp_seconds"

BOARD: Final = Board(
    name="mcp-certificates",
    title="Certificates",
    tags=("mcp", "certificates"),
    rows=(
        Row(
            None,
            (
                Panel(
                    "First to expire",
                    (Query(f"min({EXPIRES} > 0) - time()", "left"),),
                    kind=Kind.STAT,
                    unit="s",
                    steps=limits(21 * DAY, 7 * DAY),
                    width=8,
                ),
                Panel(
                    "Not ready",
                    (Query('sum(certmanager_certificate_ready_status{condition!="True"})', "certificates"),),
                    kind=Kind.STAT,
                    steps=limits(1, 2),
                    width=8,
                ),
                Panel(
                    "Overdue",
                    (
                        Query(
                            "count(certmanager_certificate_renewal_timestamp_seconds < time() > 0) or vector(0)",
                            "past their renewal",
                        ),
                    ),
                    kind=Kind.STAT,
                    steps=limits(1, 2),
                    width=8,
                ),
                Panel(
                    "Time left",
                    (Query(f"min by (namespace, name) ({EXPIRES} > 0) - time()", "{{ namespace }}/{{ name }}"),),
                    unit="s",
                ),
                Panel(
                    "Failed reconciliations",
                    (
                        Query(
                            "sum by (controller) (rate(certmanager_controller_sync_error_count[5m]))",
                            "{{ controller }}",
                        ),
                    ),
                    unit="ops",
                ),
                Panel(
                    "Calls to the ACME server",
                    (
                        Query(
                            "sum by (status) (rate(certmanager_http_acme_client_request_count[5m]))",
                            "{{ status }}",
                        ),
                    ),
                    unit="reqps",
                    width=24,
                ),
            ),
        ),
    ),
)
