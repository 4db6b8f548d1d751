"""Who can reach what from outside."""

from collections.abc import Iterator
from typing import Final

from policy.resources import UNKNOWN, Item, Object, differs, entries, under, values
from policy.rules import ResourceRule

EVERYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})
PUBLIC_PORTS: Final = frozenset({80, 443})
INGRESS_RULES: Final = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)


def ingresses_have_no_snippets(item: Item) -> Iterator[str]:
    """A snippet rewrites the whole controller's configuration."""
    if item.kind == "Ingress" and item.group == "networking.k8s.io":
        for annotation in under(item.metadata, "annotations"):
            if annotation.endswith(("-snippets", "-snippet")):
                yield f"{item.name} has annotation {annotation}: use the controller's own annotations"


def cluster_endpoints_are_not_open(item: Item) -> Iterator[str]:
    """Not everybody on the internet can knock at a cluster's API."""
    if item.type == "aws:eks/cluster:Cluster":
        network = under(item.properties, "vpcConfig")
        given = network.get("publicAccessCidrs")
        open_ = given is None or EVERYWHERE & {*values(network, "publicAccessCidrs")}
        if network is not UNKNOWN and differs(network.get("endpointPublicAccess"), False) and open_:
            yield (
                f"{item.name} answers everybody: set vpcConfig.endpointPublicAccess to false, "
                "or publicAccessCidrs to your networks"
            )
    if item.type == "gcp:container/cluster:Cluster":
        yield from _gke(item)


def _gke(item: Item) -> Iterator[str]:
    if not differs(under(item.properties, "privateClusterConfig").get("enablePrivateEndpoint"), True):
        return
    networks = under(item.properties, "masterAuthorizedNetworksConfig")
    blocks = [block.get("cidrBlock") for block in entries(networks, "cidrBlocks")]
    known_empty = not blocks and UNKNOWN not in (networks, networks.get("cidrBlocks"))
    if known_empty or any(block in EVERYWHERE for block in blocks if isinstance(block, str)):
        yield (
            f"{item.name} answers everybody: set privateClusterConfig.enablePrivateEndpoint to true, "
            "or masterAuthorizedNetworksConfig.cidrBlocks to your networks"
        )


def firewalls_are_narrow(item: Item) -> Iterator[str]:
    """From everywhere one reaches ports 80 and 443, and no other."""
    rules: list[Object] = []
    if item.type == "aws:ec2/securityGroup:SecurityGroup":
        rules = [each for each in entries(item.properties, "ingress") if _from_everywhere(each)]
    elif item.type in INGRESS_RULES and item.properties.get("type", "ingress") == "ingress":
        rules = [item.properties] if _from_everywhere(item.properties) else []
    for rule in rules:
        ports = (rule.get("fromPort"), rule.get("toPort"))
        if UNKNOWN not in ports and not (ports[0] == ports[1] and ports[0] in PUBLIC_PORTS):
            yield f"{item.name} opens ports {ports[0]} to {ports[1]} to everybody: name the networks that need them"
    if item.type == "gcp:compute/firewall:Firewall" and EVERYWHERE & {*values(item.properties, "sourceRanges")}:
        for allow in entries(item.properties, "allows"):
            opened = {str(port) for port in values(allow, "ports")} or {"all"}
            if wide := ", ".join(sorted(opened - {str(port) for port in PUBLIC_PORTS})):
                yield f"{item.name} opens ports {wide} to everybody: name the networks that need them"


def _from_everywhere(rule: Object) -> bool:
    given = {*values(rule, "cidrBlocks"), *values(rule, "ipv6CidrBlocks"), rule.get("cidrIpv4"), rule.get("cidrIpv6")}
    return bool(EVERYWHERE & {each for each in given if isinstance(each, str)})


NETWORK_RULES: Final = (
    ResourceRule(
        "ingresses-have-no-snippets",
        ingresses_have_no_snippets,
        "Use the controller's own annotations, or the controller's ConfigMap.",
    ),
    ResourceRule(
        "cluster-endpoints-are-not-open",
        cluster_endpoints_are_not_open,
        "Make the endpoint private, or list the networks that may reach it. A cluster that has to answer everybody is "
        "exempted with the reason.",
    ),
    ResourceRule(
        "firewalls-are-narrow",
        firewalls_are_narrow,
        "Name networks or other security groups as source; only ports 80 and 443 may be open to everybody.",
    ),
)
