"""Autoscaling: what each autoscaler wants and may have, what its triggers say, and the room there is."""

from typing import Final

from infra.monitoring.dashboards.model import Board, Kind, Panel, Query, Row, limits

APPLICATION: Final = 'namespace=~"mcp-orchestration|mcp-agents"'
BY: Final = "sum by (horizontalpodautoscaler)"

BOARD: Final = Board(
    name="mcp-autoscaling",
    title="Autoscaling",
    tags=("mcp", "autoscaling"),
    rows=(
        Row(
            "Replicas",
            (
                Panel(
                    "Running",
                    (
                        Query(
                            f"{BY} (kube_horizontalpodautoscaler_status_current_replicas{{{APPLICATION}}})",
                            "{{ horizontalpodautoscaler }}",
                        ),
                    ),
                    minimum=0,
                ),
                Panel(
                    "Wanted, of the maximum",
                    (
                        Query(
                            f"{BY} (kube_horizontalpodautoscaler_status_desired_replicas{{{APPLICATION}}}) / "
                            f"{BY} (kube_horizontalpodautoscaler_spec_max_replicas{{{APPLICATION}}})",
                            "{{ horizontalpodautoscaler }}",
                        ),
                    ),
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                    steps=limits(0.8, 1),
                ),
            ),
        ),
        Row(
            "Triggers",
            (
                Panel(
                    "Value",
                    (
                        Query(
                            f"max by (scaledObject, scaler) (keda_scaler_metrics_value{{{APPLICATION}}})",
                            "{{ scaledObject }} {{ scaler }}",
                        ),
                    ),
                ),
                Panel(
                    "Errors",
                    (
                        Query(
                            f"sum by (scaledObject) (rate(keda_scaled_object_errors_total{{{APPLICATION}}}[5m]))",
                            "{{ scaledObject }}",
                        ),
                    ),
                    unit="ops",
                ),
            ),
        ),
        Row(
            "Room",
            (
                Panel(
                    "Quota used",
                    (
                        Query(
                            f'sum by (namespace, resource) (kube_resourcequota{{{APPLICATION},type="used"}}) / '
                            f'sum by (namespace, resource) (kube_resourcequota{{{APPLICATION},type="hard"}})',
                            "{{ namespace }} {{ resource }}",
                        ),
                    ),
                    unit="percentunit",
                    minimum=0,
                    maximum=1,
                ),
                Panel(
                    "Pods without a node",
                    (Query('sum(kube_pod_status_phase{phase="Pending"})', "pending"),),
                    kind=Kind.STAT,
                    steps=limits(1, 5),
                    width=6,
                ),
                Panel("Nodes", (Query("count(kube_node_info)", "nodes"),), kind=Kind.STAT, width=6),
            ),
        ),
    ),
)
