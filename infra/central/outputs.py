"""A monitoring stack's outputs, by the contract. Holds no secret, only names."""

from contract.names import ELASTICSEARCH, LOG_STREAM, Namespace, Port, SecretName, service_host
from contract.outputs import (
    VERSION,
    LoggingOutputs,
    MonitoringOutputs,
    ObservatoryOutputs,
    SecretRef,
    SenderOutputs,
)
from infra.central.senders import logs_secret, metrics_secret
from infra.central.settings import RUNS, ObservatorySettings
from infra.central.sites import WRITE, logs_host, metrics_host
from infra.logs.kibana import kibana_host
from infra.monitoring.hosts import grafana_host
from infra.monitoring.names import ALERTMANAGER_URL, GRAFANA_ADMIN_SECRET, PROMETHEUS


def observatory_outputs(settings: ObservatorySettings) -> ObservatoryOutputs:
    """Outputs of the stack that ``settings`` describe."""
    return ObservatoryOutputs(
        contract_version=VERSION,
        kind=settings.kind.value,
        region=settings.region,
        residency=settings.residency.value,
        environment=settings.environment.value,
        image=settings.image,
        protection=settings.protection.is_on,
        namespaces=[each.value for each in (Namespace.INGRESS, Namespace.MONITORING, Namespace.LOGGING)],
        urls={"grafana": f"https://{grafana_host(settings)}", "kibana": f"https://{kibana_host(settings)}"},
        remote_write=f"https://{metrics_host(settings)}{WRITE}",
        log_forward=logs_host(settings),
        senders={
            region: SenderOutputs(
                remote_write=_password(Namespace.MONITORING, metrics_secret(region)),
                log_forward=_password(Namespace.LOGGING, logs_secret(region)),
            )
            for region in settings.senders
        },
        secrets={
            "grafana_admin": _password(Namespace.MONITORING, GRAFANA_ADMIN_SECRET, "admin-password"),
            "kibana_reader": _password(Namespace.LOGGING, SecretName.LOG_READER),
        },
        operators={each.value: settings.cluster.operators.presence(each).value for each in RUNS},
        monitoring=MonitoringOutputs(
            namespace=Namespace.MONITORING.value,
            prometheus=PROMETHEUS,
            alertmanager=ALERTMANAGER_URL,
            remote_write=None,
        ),
        logging=LoggingOutputs(
            namespace=Namespace.LOGGING.value,
            elasticsearch=f"https://{service_host(ELASTICSEARCH, Namespace.LOGGING)}:{Port.ELASTICSEARCH}",
            stream=LOG_STREAM,
            retention_days=settings.logging.retention_days,
            forward=None,
        ),
    )


def _password(namespace: Namespace, name: str, key: str = "password") -> SecretRef:
    return SecretRef(namespace=namespace.value, name=name, key=key)
