"""What Prometheus reads of the platform and what Grafana shows of it."""

from dataclasses import dataclass

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap, Service, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from contract.names import Namespace
from infra.components.sites import certificate, publish
from infra.monitoring import monitors, names, policies
from infra.monitoring.dashboards.model import Board
from infra.monitoring.hosts import grafana_site
from infra.monitoring.targets import Target
from infra.options import child
from infra.sections.cluster import Operator
from infra.stack_settings import StackSettings
from infra.waiting import SKIP


@dataclass(frozen=True)
class MonitoringArgs:
    """The stack's settings, what Prometheus reads of it, and what Grafana shows."""

    settings: StackSettings
    targets: tuple[Target, ...]
    boards: tuple[Board, ...]


class Monitoring(ComponentResource):
    """One PodMonitor for each job, one ConfigMap for each dashboard, the way to Grafana.

    Refuses to make servers, which are a chart's (:mod:`infra.operators.prometheus`), and rules, which are
    :mod:`infra.components.alerts`.
    """

    def __init__(self, name: str, args: MonitoringArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Monitoring", name, None, opts)
        for target in args.targets:
            CustomResource(
                f"{Namespace.MONITORING}-{target.job}",
                api_version=monitors.API_VERSION,
                kind=monitors.KIND,
                metadata=ObjectMetaArgs(name=target.job, namespace=Namespace.MONITORING),
                spec=monitors.pod_monitor(target),
                opts=child(self),
            )
        self._dashboards(args.boards)
        if args.settings.installs(Operator.PROMETHEUS):
            self._alertmanager()
            self._grafana(args.settings)
        self.register_outputs({"jobs": [target.job for target in args.targets]})

    def _dashboards(self, boards: tuple[Board, ...]) -> None:
        from infra.monitoring.dashboards.rendering import render  # Grafana's SDK, only where it is needed

        for board in boards:
            ConfigMap(
                board.name,
                metadata=ObjectMetaArgs(
                    name=board.name,
                    namespace=Namespace.MONITORING,
                    labels=names.DASHBOARD_LABEL,
                    annotations=names.FOLDER,
                ),
                data={f"{board.name}.json": render(board)},
                opts=child(self),
            )

    def _alertmanager(self) -> None:
        """The specification's name; the chart's own Service carries the release's.

        Not waited for: the pods behind it wait for the receivers' secrets, which come with the rules.
        """
        Service(
            names.ALERTMANAGER,
            metadata=ObjectMetaArgs(name=names.ALERTMANAGER, namespace=Namespace.MONITORING, annotations=dict(SKIP)),
            spec=ServiceSpecArgs(
                type="ClusterIP",
                selector=policies.ALERTMANAGER,
                ports=[ServicePortArgs(name="http-web", port=names.ALERTMANAGER_PORT, target_port="http-web")],
            ),
            opts=child(self),
        )

    def _grafana(self, settings: StackSettings) -> None:
        if settings.cluster.has(Operator.INGRESS_NGINX):
            site = grafana_site(settings)
            trusted = certificate(self, site.tls_secret, site.namespace, [site.host], settings)
            publish(self, site, settings, trusted)
