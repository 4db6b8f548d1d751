"""Logins of the regions that send to a monitoring stack, and of Grafana's administrator."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import ComponentResource, Input, Output, ResourceOptions
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from contract.names import Namespace
from infra.central.senders import HTPASSWD, HTPASSWD_TYPE, LOGINS, htpasswd, metrics_secret
from infra.monitoring.names import GRAFANA_ADMIN_SECRET
from infra.options import child
from infra.secret_sources import SecretKey, configured_or_generated, generated


@dataclass(frozen=True)
class SendersArgs:
    """Regions that write metrics; ``generation`` is the settings' ``secretsGeneration``."""

    senders: tuple[str, ...]
    generation: int


class Senders(ComponentResource):
    """A Secret for each region, to be carried to that region's stack, and one for NGINX that holds no password.

    Refuses to export any: outputs name them.
    """

    def __init__(self, name: str, args: SendersArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Senders", name, None, opts)
        passwords = {
            region: generated(self, f"{metrics_secret(region)}-password", args.generation) for region in args.senders
        }
        for region, password in passwords.items():
            self._secret(metrics_secret(region), {"username": region, "password": password}, "kubernetes.io/basic-auth")
        known = Output.all(**passwords).apply(htpasswd)
        self._secret(LOGINS, {HTPASSWD: known}, HTPASSWD_TYPE)
        key, secret = SecretKey.GRAFANA_PASSWORD, GRAFANA_ADMIN_SECRET
        admin = configured_or_generated(self, key, f"{secret}-password", args.generation)
        self._secret(secret, {"admin-user": "admin", "admin-password": admin}, "Opaque")
        self.register_outputs({"senders": list(args.senders)})

    def _secret(self, name: str, values: Mapping[str, Input[str]], secret_type: str) -> None:
        Secret(
            name,
            metadata=ObjectMetaArgs(name=name, namespace=Namespace.MONITORING),
            type=secret_type,
            data={key: _encoded(value) for key, value in values.items()},
            opts=child(self),
        )


def _encoded(value: Input[str]) -> Output[str]:
    return Output.secret(value).apply(lambda text: base64.b64encode(text.encode()).decode())
