"""The ClusterIssuer of a machine without a domain: certificates that sign themselves."""

from dataclasses import dataclass

from pulumi import ComponentResource, ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from infra.options import child
from infra.sections.certificates import Certificates


@dataclass(frozen=True)
class IssuerArgs:
    """Which issuer, and whether it is made here."""

    certificates: Certificates


class Issuer(ComponentResource):
    """Makes nothing where the cluster's own issuer signs."""

    def __init__(self, name: str, args: IssuerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("mcp:platform:Issuer", name, None, opts)
        if args.certificates.self_signed.is_on:
            CustomResource(
                args.certificates.cluster_issuer,
                api_version="cert-manager.io/v1",
                kind="ClusterIssuer",
                metadata=ObjectMetaArgs(name=args.certificates.cluster_issuer),
                spec={"selfSigned": {}},
                opts=child(self),
            )
        self.register_outputs({"cluster_issuer": args.certificates.cluster_issuer})
