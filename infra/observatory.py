"""The dedicated monitoring stack of one residency zone, in the order in which a sample and a line come in."""

from dataclasses import dataclass
from typing import Final

from pulumi import ComponentResource, Resource, ResourceOptions

from contract.names import Namespace
from contract.outputs import ObservatoryOutputs
from infra.catalogue import Catalogue
from infra.central import rules
from infra.central.boards import boards
from infra.central.installations import prepared
from infra.central.outputs import observatory_outputs
from infra.central.settings import ObservatorySettings
from infra.central.targets import targets
from infra.components.alerts import Alerts, AlertsArgs
from infra.components.central_logging import CentralLogging, CentralLoggingArgs
from infra.components.central_network import CentralNetwork, CentralNetworkArgs
from infra.components.certificates import Issuer, IssuerArgs, issuer_spec
from infra.components.monitoring import Monitoring, MonitoringArgs
from infra.components.namespaces import Namespaces, NamespacesArgs
from infra.components.operators import Installed, Operators, OperatorsArgs
from infra.components.priorities import Priorities
from infra.components.receiver import Receiver, ReceiverArgs
from infra.components.senders import Senders, SendersArgs
from infra.options import after
from infra.sections.cluster import Operator
from infra.waiting import waiting_for

NAMESPACES: Final = (Namespace.INGRESS, Namespace.MONITORING, Namespace.LOGGING)


@dataclass(frozen=True)
class ObservatoryArgs:
    """What the stack is like; the catalogue says which agents the dashboards have rows for."""

    settings: ObservatorySettings
    catalogue: Catalogue


class Observatory(ComponentResource):
    """Everything inside the monitoring cluster. Refuses to read or change any region: regions send to it."""

    exports: ObservatoryOutputs

    def __init__(self, name: str, args: ObservatoryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Observatory", name, None, opts)
        self._settings, self._catalogue = args.settings, args.catalogue
        ground = self._ground()
        issuer = self._issuer(ground)
        self._metrics(ground, issuer)
        self._alerts(ground)
        self._logs(ground, issuer)
        self.exports = observatory_outputs(self._settings)
        self.register_outputs({"region": self._settings.region, "residency": self._settings.residency.value})

    def _ground(self) -> "Ground":
        """Namespaces, who may talk, who may send, operators that act on the rest."""
        settings = self._settings
        priorities = Priorities("priorities", after(self))
        rooms = Namespaces("namespaces", NamespacesArgs(settings.protection, NAMESPACES), after(self, priorities))
        edges = CentralNetwork("network", CentralNetworkArgs(settings), after(self, rooms))
        senders = Senders("senders", SendersArgs(settings.senders, settings.secrets_generation), after(self, rooms))
        operators = Operators(
            "operators", OperatorsArgs(settings, prepared(settings)), after(self, rooms, edges, senders)
        )
        return Ground([rooms, edges, senders], operators.installed)

    def _issuer(self, ground: "Ground") -> list[Resource]:
        """Who signs the hosts' certificates, where this stack makes it."""
        settings = self._settings
        if issuer_spec(settings.certificates) is None:
            return []
        arguments = IssuerArgs(settings.certificates, waiting_for(settings, Operator.CERT_MANAGER))
        return [Issuer("issuer", arguments, after(self, *ground.operators.of(Operator.CERT_MANAGER)))]

    def _metrics(self, ground: "Ground", issuer: list[Resource]) -> None:
        """The regions' dashboards, what is read of this stack itself, and the way in for what is sent."""
        settings = self._settings
        roles = tuple(file.role.id for file in self._catalogue.roles)
        earlier = [*ground.made, *issuer, *ground.operators.of(Operator.PROMETHEUS, Operator.INGRESS_NGINX)]
        arguments = MonitoringArgs(settings, targets(settings), boards(roles))
        Monitoring("monitoring", arguments, after(self, *earlier))
        Receiver("receiver", ReceiverArgs(settings), after(self, *earlier))

    def _alerts(self, ground: "Ground") -> None:
        """A region that is not heard of, and this stack's own health."""
        arguments = AlertsArgs(self._settings, rules.rules(self._settings), rules.alerts(self._settings))
        Alerts("alerts", arguments, after(self, *ground.made, *ground.operators.of(Operator.PROMETHEUS)))

    def _logs(self, ground: "Ground", issuer: list[Resource]) -> None:
        """The regions' logs."""
        earlier = ground.operators.of(Operator.ELASTIC, Operator.INGRESS_NGINX)
        CentralLogging("logging", CentralLoggingArgs(self._settings), after(self, *ground.made, *issuer, *earlier))


@dataclass(frozen=True)
class Ground:
    """What everything else in a monitoring stack stands on."""

    made: list[Resource]
    operators: Installed
