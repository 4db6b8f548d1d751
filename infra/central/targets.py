"""What the monitoring stack's Prometheus reads of its own stack; everything else is sent to it."""

from infra.central.settings import ObservatorySettings
from infra.monitoring.targets import OPERATORS, Target
from infra.sections.cluster import Operator


def targets(settings: ObservatorySettings) -> tuple[Target, ...]:
    """One entry for each job beside those that kube-prometheus-stack reads by itself."""
    own = (Operator.CERT_MANAGER, Operator.INGRESS_NGINX)
    return tuple(OPERATORS[operator] for operator in own if settings.installs(operator))
