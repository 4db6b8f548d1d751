"""Chart ``cert-manager``: controller, webhook and the injector of its certificate authority.

The chart's own security contexts are those of Pod Security ``restricted``.
"""

from typing import Any, Final

from contract.names import OperatorNamespace
from infra.presets import Amount, Resources
from infra.sections.certificates import DnsProvider
from infra.stack_settings import StackSettings

REPLICAS: Final = 2
"""One leads; of the webhook both serve, without which no certificate can be changed."""
CONTROLLER: Final = Resources(requests=Amount(cpu="50m", memory="96Mi"), limits=Amount(cpu="500m", memory="256Mi"))
WEBHOOK: Final = Resources(requests=Amount(cpu="25m", memory="48Mi"), limits=Amount(cpu="250m", memory="128Mi"))
INJECTOR: Final = Resources(requests=Amount(cpu="25m", memory="96Mi"), limits=Amount(cpu="250m", memory="256Mi"))
CHECK: Final = Resources(requests=Amount(cpu="10m", memory="32Mi"), limits=Amount(cpu="100m", memory="64Mi"))
PUBLIC_RESOLVERS: Final = "1.1.1.1:53,8.8.8.8:53"


def values(settings: StackSettings) -> dict[str, Any]:
    """Values of chart v1.21.2. Its monitors are off: :mod:`infra.monitoring` has ours."""
    always = {"enabled": True, "minAvailable": 1}
    return {
        "crds": {"enabled": True, "keep": settings.protection.is_on},
        # Not in kube-system, which managed clusters may close.
        "global": {"leaderElection": {"namespace": OperatorNamespace.CERT_MANAGER.value}},
        "replicaCount": REPLICAS,
        "resources": CONTROLLER.model_dump(),
        "podDisruptionBudget": always,
        "webhook": {"replicaCount": REPLICAS, "resources": WEBHOOK.model_dump(), "podDisruptionBudget": always},
        "cainjector": {"replicaCount": REPLICAS, "resources": INJECTOR.model_dump(), "podDisruptionBudget": always},
        "startupapicheck": {
            "enabled": settings.waiting.is_on,
            "timeout": "5m",
            "resources": CHECK.model_dump(),
        },
        "prometheus": {"enabled": True, "servicemonitor": {"enabled": False}, "podmonitor": {"enabled": False}},
        **_dns01(settings),
    }


def _dns01(settings: StackSettings) -> dict[str, Any]:
    """Whom the controller asks whether a challenge is published, before the ACME server looks.

    A cluster's own resolver may hold another view of a public zone; of a zone on a name server of one's own, it may
    hold the only one.
    """
    acme = settings.certificates.acme
    if acme is None or acme.dns01.provider is DnsProvider.RFC2136:
        return {}
    return {"dns01RecursiveNameservers": PUBLIC_RESOLVERS, "dns01RecursiveNameserversOnly": True}
