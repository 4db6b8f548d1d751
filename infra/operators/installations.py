"""Which charts make an operator, with which values, and what must be there first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra import charts
from infra.charts import Chart
from infra.ingress import controller as ingress_nginx
from infra.operators import (
    barman_cloud,
    cert_manager,
    cloudnative_pg,
    cluster_autoscaler,
    elastic,
    keda,
    metrics_server,
    prometheus,
    vertical_pod_autoscaler,
)
from infra.sections.cluster import Operator
from infra.settings import Settings


@dataclass(frozen=True)
class Installation:
    """One chart of an operator; ``after`` are operators whose charts come first."""

    chart: Chart
    values: Callable[[Settings], dict[str, Any]]
    after: tuple[Operator, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """A chart with its values; ``after`` are operators whose charts come first."""

    chart: Chart
    values: Mapping[str, Any]
    after: tuple[Operator, ...] = ()


def prepared(settings: Settings) -> dict[Operator, tuple[Prepared, ...]]:
    """Everything that a region of these settings installs, in the order of :data:`INSTALLATIONS`."""
    return {
        operator: tuple(Prepared(each.chart, each.values(settings), each.after) for each in installations)
        for operator, installations in INSTALLATIONS.items()
        if settings.installs(operator)
    }


INSTALLATIONS: Final[dict[Operator, tuple[Installation, ...]]] = {
    Operator.CERT_MANAGER: (Installation(charts.CERT_MANAGER, cert_manager.values),),
    Operator.INGRESS_NGINX: (Installation(charts.NGINX_INGRESS, ingress_nginx.values),),
    Operator.CLOUDNATIVE_PG: (Installation(charts.CLOUDNATIVE_PG, cloudnative_pg.values),),
    Operator.BARMAN_CLOUD: (
        Installation(charts.BARMAN_CLOUD, barman_cloud.values, (Operator.CERT_MANAGER, Operator.CLOUDNATIVE_PG)),
    ),
    Operator.PROMETHEUS: (
        Installation(charts.PROMETHEUS_CRDS, prometheus.definitions),
        Installation(charts.PROMETHEUS, prometheus.values),
    ),
    Operator.KEDA: (Installation(charts.KEDA, keda.values),),
    Operator.ELASTIC: (Installation(charts.ELASTIC, elastic.values),),
    Operator.METRICS_SERVER: (Installation(charts.METRICS_SERVER, metrics_server.values),),
    Operator.VERTICAL_POD_AUTOSCALER: (Installation(charts.VERTICAL_POD_AUTOSCALER, vertical_pod_autoscaler.values),),
    Operator.CLUSTER_AUTOSCALER: (Installation(charts.CLUSTER_AUTOSCALER, cluster_autoscaler.values),),
}
"""In an order in which ``after`` names earlier ones; the charts of one operator are installed one after the other."""
