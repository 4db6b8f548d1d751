"""Charts of a monitoring stack, with their values."""

from typing import Any

from infra import charts
from infra.central.prometheus import prometheus_values
from infra.central.settings import ObservatorySettings
from infra.central.sites import metrics_host
from infra.ingress import controller
from infra.ingress.configuration import configured
from infra.ingress.snippets import HSTS, everywhere
from infra.operators import cert_manager, elastic
from infra.operators.installations import Prepared
from infra.operators.prometheus import definitions
from infra.sections.cluster import Operator


def prepared(settings: ObservatorySettings) -> dict[Operator, tuple[Prepared, ...]]:
    """Everything that the stack installs."""
    everything = {
        Operator.CERT_MANAGER: (Prepared(charts.CERT_MANAGER, cert_manager.values(settings)),),
        Operator.INGRESS_NGINX: (Prepared(charts.NGINX_INGRESS, nginx_values(settings)),),
        Operator.PROMETHEUS: (
            Prepared(charts.PROMETHEUS_CRDS, definitions(settings)),
            Prepared(charts.PROMETHEUS, prometheus_values(settings)),
        ),
        Operator.ELASTIC: (Prepared(charts.ELASTIC, elastic.values(settings)),),
    }
    return {operator: made for operator, made in everything.items() if settings.installs(operator)}


def nginx_values(settings: ObservatorySettings) -> dict[str, Any]:
    """Values of NGINX's chart: no limits of rates, since a region that catches up is no flood."""
    entries = configured(settings.ingress, "\n".join(HSTS), "\n".join(everywhere()), metrics_host(settings))
    return controller.chart_values(settings.ingress, entries)
