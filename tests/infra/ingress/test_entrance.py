"""Objects of the way in."""

from typing import Any

import pytest
from pulumi import ComponentResource

from contract.names import Namespace
from infra.components.ingress_network import EntranceNetwork, EntranceNetworkArgs
from infra.components.sites import certificate, publish
from infra.ingress.sites import Backend, RateLimit, Route, Site
from infra.rendering.recorder import Made, Recorder, run_program
from infra.settings import Settings, parse
from tests.infra.conftest import document_of

EVERYBODY = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]


def settings(**changes: Any) -> Settings:
    """Stack ``prod`` with changes."""
    return parse({**document_of("prod"), **changes})


def policy(**changes: Any) -> dict[str, Any]:
    """The network policy of NGINX."""
    recorder = Recorder()

    def program() -> None:
        EntranceNetwork("network", EntranceNetworkArgs(settings(**changes)))

    run_program(recorder, program)
    (made,) = [each for each in recorder.made if each.kind == "NetworkPolicy"]
    return made.inputs["spec"]


def from_(rules: list[dict[str, Any]], port: int) -> list[Any]:
    """Who reaches ``port``."""
    return [peer for rule in rules if port in [each["port"] for each in rule["ports"]] for peer in rule["from"]]


@pytest.mark.parametrize("port", [80, 443])
def test_everybody_reaches_nginx_and_only_prometheus_its_metrics(port: int) -> None:
    rules = policy()["ingress"]
    assert from_(rules, port) == EVERYBODY
    (peer,) = from_(rules, 9113)
    assert peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] == "monitoring"


@pytest.mark.parametrize("source", ["proxyProtocol", "forwardedFor"])
def test_whoever_may_name_clients_is_the_only_one_to_reach_nginx(source: str) -> None:
    trusted = {"clientAddress": {"source": source, "trusted": ["10.0.0.0/16"]}}
    assert from_(policy(ingress=trusted)["ingress"], 443) == [{"ipBlock": {"cidr": "10.0.0.0/16"}}]


def test_nginx_reaches_its_backends_and_the_api_server_alone() -> None:
    def namespaces(spec: dict[str, Any]) -> set[str]:
        peers = [peer for rule in spec["egress"] for peer in rule["to"]]
        return {
            peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            if "namespaceSelector" in peer
            else peer["ipBlock"]["cidr"]
            for peer in peers
        }

    assert namespaces(policy()) == {"0.0.0.0/0", "mcp-orchestration", "monitoring", "logging"}
    off = {"enabled": "off"}
    assert namespaces(policy(monitoring=off, logging=off)) == {"0.0.0.0/0", "mcp-orchestration"}


def published(site: Site) -> dict[str, Made]:
    """Ingresses of ``site`` by name."""
    recorder = Recorder()

    def program() -> None:
        parent = ComponentResource("test:index:Parent", "parent")
        own = certificate(parent, site.tls_secret, site.namespace, [site.host], settings())
        publish(parent, site, settings(), own)

    run_program(recorder, program)
    return {each.key[2]: each for each in recorder.made if each.kind == "Ingress"}


def test_a_colleagues_site_has_its_own_namespace_certificate_and_limit() -> None:
    route = Route("grafana-root", "/", Backend("grafana", 3000, tls=True), RateLimit(20, 40), body="10m")
    made = published(Site("grafana", Namespace.MONITORING, "grafana.mcp-platform.com", "grafana-tls", (route,)))
    master, minion = made["grafana"], made["grafana-root"]
    assert master.inputs["metadata"]["namespace"] == "monitoring"
    assert master.inputs["spec"]["tls"] == [{"hosts": ["grafana.mcp-platform.com"], "secretName": "grafana-tls"}]
    annotations = minion.inputs["metadata"]["annotations"]
    assert annotations["nginx.org/limit-req-rate"] == "20r/s"
    assert annotations["nginx.org/ssl-services"] == "grafana"
    assert annotations["nginx.org/client-max-body-size"] == "10m"
    assert minion.inputs["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"] == {"number": 3000}


def test_a_load_balancers_probe_reaches_nothing_but_readiness(prod: list[Made]) -> None:
    (probe,) = [
        each for each in prod if each.key == ("Ingress", "mcp-orchestration", "mcp-orchestration-ingress-probe")
    ]
    (rule,) = probe.inputs["spec"]["rules"]
    assert "host" not in rule
    assert [(each["path"], each["pathType"]) for each in rule["http"]["paths"]] == [("/ready", "Exact")]


def test_a_controller_of_the_clusters_own_is_given_no_ingress_without_a_host(region_of: Any, settings_of: Any) -> None:
    document = settings_of("prod")
    document["cluster"]["operators"] = {"ingressNginx": "cluster"}
    rules = [rule for each in region_of(document) if each.kind == "Ingress" for rule in each.inputs["spec"]["rules"]]
    hosts = [rule.get("host") for rule in rules]
    assert hosts
    assert None not in hosts
