"""The log system as a whole: order, secrets, switches, edges."""

import json
from collections.abc import Callable
from typing import Any

from infra.rendering.recorder import Made, Secret
from tests.infra.network.matrix import End, allowed

Region = Callable[[dict[str, Any]], list[Any]]
LOGGING = "logging"
ELASTICSEARCH = {"elasticsearch.k8s.elastic.co/cluster-name": "elasticsearch"}
KIBANA = {"kibana.k8s.elastic.co/name": "kibana"}


def one(region: list[Made], kind: str, name: str) -> Made:
    (found,) = [each for each in region if each.key[0] == kind and each.key[1] == LOGGING and each.key[2] == name]
    return found


def before(region: list[Made], made: Made) -> set[str]:
    """URNs of everything that is made before ``made``."""
    known = {each.urn: each for each in region}
    found: set[str] = set()
    waiting = list(made.after)
    while waiting:
        urn = waiting.pop()
        if urn not in found:
            found.add(urn)
            waiting.extend(known[urn].after if urn in known else ())
    return found


def job(region: list[Made]) -> Made:
    (found,) = [each for each in region if each.kind == "Job" and each.key[1] == LOGGING]
    return found


def test_users_come_before_the_store_and_the_stream_before_the_first_line(prod: list[Made]) -> None:
    store = one(prod, "Elasticsearch", "elasticsearch")
    fluentd = one(prod, "DaemonSet", "fluentd")
    for secret in ("elasticsearch-roles", "elasticsearch-fluentd-writer", "elasticsearch-log-bootstrap"):
        assert one(prod, "Secret", secret).urn in before(prod, store)
    assert {store.urn, one(prod, "Service", "elasticsearch").urn} <= before(prod, job(prod))
    assert job(prod).urn in before(prod, fluentd)
    assert one(prod, "ConfigMap", "fluentd-config").urn in before(prod, fluentd)


def test_the_store_is_ready_when_its_status_says_so(prod: list[Made]) -> None:
    annotations = one(prod, "Elasticsearch", "elasticsearch").inputs["metadata"]["annotations"]
    assert json.loads(annotations["pulumi.com/waitFor"]) == [
        "jsonpath={.status.phase}=Ready",
        "jsonpath={.status.health}=green",
    ]


def test_nothing_is_waited_for_where_no_kubelet_runs(local: list[Made]) -> None:
    for each in local:
        if each.key[1] == LOGGING and each.kind in ("Elasticsearch", "Kibana", "Job", "DaemonSet", "Service"):
            assert each.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true", each.key


def test_every_password_is_sealed_and_each_user_has_another(prod: list[Made]) -> None:
    passwords: set[str] = set()
    for name in ("elasticsearch-fluentd-writer", "elasticsearch-kibana-reader", "elasticsearch-log-bootstrap"):
        secret = one(prod, "Secret", name)
        assert secret.inputs["type"] == "kubernetes.io/basic-auth"
        sealed = secret.sealed["data"]
        assert isinstance(sealed, Secret) or isinstance(sealed["password"], Secret)
        passwords.add(secret.inputs["data"]["password"])
        assert set(secret.inputs["data"]) == {"username", "password", "roles"}
    assert len(passwords) == 3


def test_another_image_or_other_days_run_another_job(
    prod: list[Made], region_of: Region, settings_of: Callable[[str], dict[str, Any]]
) -> None:
    longer = region_of(settings_of("prod") | {"logging": {"retentionDays": 60}})
    other = region_of(settings_of("prod") | {"image": f"mcp-platform/platform@sha256:{'1' * 64}"})
    assert len({job(region).key[2] for region in (prod, longer, other)}) == 3


def test_a_job_reads_what_it_was_named_after(prod: list[Made]) -> None:
    volumes = job(prod).inputs["spec"]["template"]["spec"]["volumes"]
    (name,) = [each["configMap"]["name"] for each in volumes if "configMap" in each]
    wanted = json.loads(one(prod, "ConfigMap", name).inputs["data"]["desired.json"])
    assert wanted["stream"] == "mcp-logs"


def test_kibana_is_behind_the_ingress_with_tls_on_both_sides(prod: list[Made]) -> None:
    master, pages = (one(prod, "Ingress", name).inputs for name in ("kibana", "kibana-pages"))
    assert master["spec"]["tls"] == [{"hosts": ["kibana.mcp-platform.com"], "secretName": "kibana-tls"}]
    assert pages["metadata"]["annotations"]["nginx.org/ssl-services"] == "kibana-kb-http"
    assert one(prod, "Certificate", "kibana-tls").inputs["spec"]["dnsNames"] == ["kibana.mcp-platform.com"]


def test_switched_off_nothing_of_it_is_made(region_of: Region, settings_of: Callable[[str], dict[str, Any]]) -> None:
    quiet = region_of(settings_of("prod") | {"logging": {"enabled": "off"}})
    kinds = {each.kind for each in quiet if each.key[1] == LOGGING}
    assert kinds == {"NetworkPolicy"}
    assert not [each for each in quiet if each.kind in ("Elasticsearch", "Kibana", "DaemonSet")]


def test_the_specifications_objects_have_its_names(prod: list[Made]) -> None:
    assert "fluent.conf" in one(prod, "ConfigMap", "fluentd-config").inputs["data"]
    service = one(prod, "Service", "elasticsearch").inputs["spec"]
    assert service["selector"] == ELASTICSEARCH
    assert [each["port"] for each in service["ports"]] == [9200]


WHO = {
    "fluentd": End.pods("fluentd", LOGGING, {"app": "fluentd"}),
    "bootstrap": End.pods("bootstrap", LOGGING, {"app": "log-bootstrap"}),
    "kibana": End.pods("kibana", LOGGING, KIBANA),
    "node": End.pods("node", LOGGING, ELASTICSEARCH),
    "operator": End.pods("operator", "elastic-system", {"app.kubernetes.io/name": "elastic-operator"}),
    "prometheus": End.pods("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"}),
    "ingress": End.pods("ingress", "ingress-nginx", {"app.kubernetes.io/name": "nginx-ingress"}),
    "engine": End.pods("engine", "mcp-orchestration", {"app": "orchestration-engine"}),
    "outside": End("outside", address="203.0.113.9"),
    "metadata": End("metadata", address="169.254.169.254"),
}
EDGES = {
    ("fluentd", "node", 9200),
    ("bootstrap", "node", 9200),
    ("kibana", "node", 9200),
    ("node", "node", 9200),
    ("operator", "node", 9200),
    ("node", "node", 9300),
    ("ingress", "kibana", 5601),
    ("prometheus", "fluentd", 24231),
}


def passing(region: list[Made]) -> set[tuple[str, str, int]]:
    # This namespace's side of each edge: the other end's is its own system's.
    policies = [each.inputs for each in region if each.kind == "NetworkPolicy" and each.key[1] == LOGGING]
    inside = ("fluentd", "bootstrap", "kibana", "node")
    tried = [(source, target) for source in WHO for target in inside] + [
        (source, target) for source in inside for target in ("outside", "metadata", "engine")
    ]
    return {
        (source, target, port)
        for source, target in tried
        for port in (443, 5601, 8000, 9200, 9300, 24231)
        if allowed(policies, WHO[source], WHO[target], port)
    }


def test_these_connections_pass_and_no_others(prod: list[Made]) -> None:
    assert passing(prod) == EDGES


def test_forwarding_lets_fluentd_out_and_nobody_else(
    region_of: Region, settings_of: Callable[[str], dict[str, Any]]
) -> None:
    forwarding = region_of(settings_of("prod") | {"logging": {"forward": "logs.example.com"}})
    out = {edge for edge in passing(forwarding) if edge[1] in ("outside", "metadata")}
    assert out == {("fluentd", "outside", 443)}
