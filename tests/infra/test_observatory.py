"""The dedicated monitoring stack: who is let in, what is refused, and that a region's parts are reused as they are."""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from contract.errors import ContractError
from contract.names import Namespace
from contract.outputs import parse_observatory_outputs, parse_outputs
from infra.catalogue import read_catalogue
from infra.central.boards import MATCHER, boards
from infra.central.outputs import observatory_outputs
from infra.central.selecting import METRICS, selecting
from infra.central.senders import htpasswd
from infra.central.settings import ObservatorySettings, parse_observatory
from infra.faults import SettingsError
from infra.kinds import parse_any
from infra.monitoring.dashboards.rendering import render
from infra.monitoring.metrics import known
from infra.observatory import Observatory, ObservatoryArgs
from infra.rendering.recorder import Made, Recorder, Secret, run_program
from infra.sections.cluster import Operator
from infra.settings import parse
from tests.infra.conftest import document_of
from tests.infra.monitoring.promql import names

Find = Callable[..., dict[str, Any]]


def settings(**changes: Any) -> ObservatorySettings:
    return parse_observatory(document_of("monitoring") | changes)


@pytest.fixture(scope="module")
def made() -> list[Made]:
    recorder = Recorder()
    run_program(recorder, lambda: Observatory("o", ObservatoryArgs(settings(), read_catalogue("roles"))) and None)
    return recorder.made


def objects(made: list[Made], kind: str) -> dict[str, dict[str, Any]]:
    return {each.key[2]: each.inputs for each in made if each.kind == kind}


def opened(inputs: dict[str, Any]) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in inputs["data"].items()}


def values(made: list[Made], release: str) -> dict[str, Any]:
    (found,) = [each.inputs["values"] for each in made if each.type.endswith(":Release") and each.name == release]
    return found


def refusal(**changes: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_any(document_of("monitoring") | changes)
    return str(caught.value)


# What it is made of


def test_it_runs_what_watches_and_nothing_of_the_platform(made: list[Made]) -> None:
    assert set(objects(made, "Namespace")) == {
        *("ingress-nginx", "monitoring", "logging", "cert-manager", "elastic-system"),
    }
    assert {each.name for each in made if each.type.endswith(":Release")} == {
        *("cert-manager", "nginx-ingress", "prometheus-operator-crds", "kube-prometheus-stack", "elastic-operator"),
    }
    kinds = {each.kind for each in made}
    assert not kinds & {"Deployment", "StatefulSet", "DaemonSet", "ScaledObject", "Cluster", "ResourceQuota"}


def test_one_prometheus_receives_and_none_of_its_own_metrics_passes_for_a_region_s(made: list[Made]) -> None:
    chart = values(made, "kube-prometheus-stack")
    spec = chart["prometheus"]["prometheusSpec"]
    assert (spec["replicas"], spec["enableRemoteWriteReceiver"], spec["remoteWrite"]) == (1, True, [])
    assert (spec["retention"], chart["alertmanager"]["alertmanagerSpec"]["replicas"]) == ("90d", 2)
    assert spec["externalLabels"]["region"] not in settings().senders
    assert chart["defaultRules"] == {"create": False}, "they would judge every region's metrics"


def test_a_region_s_preview_does_not_load_it() -> None:
    code = "import sys, infra.program; print([each for each in sys.modules if each.startswith('infra.central')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


# The way in


def test_a_region_may_write_metrics_and_logs_and_reach_nothing_else(made: list[Made]) -> None:
    paths = {
        (rule["host"].split(".")[0], path["path"], path["pathType"])
        for each in objects(made, "Ingress").values()
        for rule in each["spec"]["rules"]
        for path in rule.get("http", {}).get("paths", ())
    }
    assert paths == {
        ("metrics", "/api/v1/write", "Exact"),
        ("logs", "/_bulk", "Exact"),
        ("grafana", "/", "Prefix"),
        ("kibana", "/", "Prefix"),
    }


def test_nginx_asks_who_writes_metrics_and_holds_no_password(made: list[Made]) -> None:
    secrets = objects(made, "Secret")
    annotations = objects(made, "Ingress")["metrics-write"]["metadata"]["annotations"]
    known_to_nginx = secrets[annotations["nginx.org/basic-auth-secret"]]
    assert known_to_nginx["type"] == "nginx.org/htpasswd"
    (text,) = opened(known_to_nginx).values()
    for region in settings().senders:
        login = opened(secrets[f"remote-write-{region}"])
        assert login["username"] == region
        assert login["password"] not in text
        (line,) = [line for line in text.splitlines() if line.startswith(f"{region}:")]
        digest = base64.b64decode(line.removeprefix(f"{region}:{{SSHA}}"))
        salted = hashlib.sha1(login["password"].encode() + digest[20:], usedforsecurity=False).digest()
        assert digest[:20] == salted


def test_no_two_regions_share_a_password_and_all_are_secrets(made: list[Made]) -> None:
    passwords = [
        opened(each.inputs)["password"]
        for each in made
        if each.kind == "Secret" and each.key[2].startswith(("remote-write-us", "log-forward-us"))
    ]
    assert len(set(passwords)) == len(passwords) == 4
    assert all(
        isinstance(each.sealed["data"], Secret) for each in made if each.kind == "Secret" and "data" in each.inputs
    )


def test_the_same_passwords_are_the_same_file() -> None:
    assert htpasswd({"b": "1", "a": "2"}) == htpasswd({"a": "2", "b": "1"})


def test_a_region_adds_lines_and_may_do_nothing_else_in_the_log_store(made: list[Made]) -> None:
    secrets = objects(made, "Secret")
    roles = json.loads(opened(secrets["elasticsearch-roles"])["roles.yml"])
    for region in settings().senders:
        login = opened(secrets[f"log-forward-{region}"])
        assert login["username"] == region
        assert roles[login["roles"]] == {
            "cluster": [],
            "indices": [{"names": ["mcp-logs*"], "privileges": ["create_doc"]}],
        }
    realm = objects(made, "Elasticsearch")["elasticsearch"]["spec"]["auth"]["fileRealm"]
    assert {each["secretName"] for each in realm} >= {f"log-forward-{region}" for region in settings().senders}


# What it refuses


def test_a_sender_of_another_zone_is_refused() -> None:
    assert refusal(senders=["us-east-1", "eu-west-1"]) == (
        'mcp:settings.senders = "eu-west-1": lies in residency zone eu, but residency is us'
    )


def test_a_sender_that_is_named_twice_is_refused() -> None:
    assert "names us-east-1 2 times: name it once" in refusal(senders=["us-east-1", "us-east-1"])


def test_a_host_that_names_a_region_of_another_zone_is_refused() -> None:
    assert "names eu-west-1, which lies in residency zone eu" in refusal(domain="monitoring.eu-west-1.example.com")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"llm": {"preference": ["openai"]}}, "mcp:settings.llm = "),
        ({"sender": ["us-east-1"]}, "is not a setting; did you mean senders?"),
        ({"monitoring": {"remoteWrite": "https://a.example.com"}}, "mcp:settings.monitoring.remoteWrite = "),
        ({"monitoring": {"retentionDay": 3}}, "is not a setting; did you mean retentionDays?"),
        ({"logging": {"enabled": "off"}}, "mcp:settings.logging.enabled = "),
        ({"image": "mcp-platform/platform:latest"}, "must end in @sha256:"),
        ({"kind": "monitorin"}, "is no kind of stack; did you mean monitoring?"),
        ({"senders": []}, "mcp:settings.senders = []"),
    ],
)
def test_what_it_does_not_read_is_refused(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(**changes)


@pytest.mark.parametrize(("operator", "presence"), [("keda", "stack"), ("elastic", "none"), ("prometheus", "cluster")])
def test_operators_are_those_it_is_made_of(operator: str, presence: str) -> None:
    cluster = document_of("monitoring")["cluster"] | {"operators": {operator: presence}}
    assert f"mcp:settings.cluster.operators.{operator} = " in refusal(cluster=cluster)


def test_a_section_that_says_one_thing_keeps_the_others() -> None:
    monitoring = settings(monitoring={"retentionDays": 400 // 2}).monitoring
    assert (monitoring.retention_days, monitoring.storage) == (200, "500Gi")
    assert not settings().cluster.has(Operator.KEDA)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("monitoring", {"remoteWrite": "https://metrics.monitoring.eu-west-1.example.com/api/v1/write"}),
        ("logging", {"forward": "logs.monitoring.eu-west-1.example.com"}),
    ],
)
def test_a_region_is_not_let_send_to_another_zone(key: str, value: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="names eu-west-1, which lies in residency zone eu, but residency is us"):
        parse(document_of("prod") | {key: value})
    assert parse(document_of("eu-west") | {key: value})


# What it tells


def test_outputs_name_what_a_region_is_to_be_given_and_no_password() -> None:
    document = observatory_outputs(settings()).model_dump(mode="json")
    outputs = parse_observatory_outputs(document, "monitoring")
    region = parse(
        document_of("prod")
        | {"monitoring": {"remoteWrite": outputs.remote_write}, "logging": {"forward": outputs.log_forward}}
    )
    sender = outputs.senders[region.region]
    assert (sender.remote_write.name, sender.remote_write.namespace) == ("remote-write-us-east-1", Namespace.MONITORING)
    assert (sender.log_forward.name, sender.log_forward.namespace) == ("log-forward-us-east-1", Namespace.LOGGING)
    with pytest.raises(ContractError, match="is of kind monitoring: name a stack of kind region"):
        parse_outputs(document, "monitoring")


def test_every_output_s_secret_is_made(made: list[Made]) -> None:
    outputs = observatory_outputs(settings())
    named = [*outputs.secrets.values()]
    for sender in outputs.senders.values():
        named += [sender.remote_write, sender.log_forward]
    secrets = {each.key: each.inputs for each in made if each.kind == "Secret"}
    for each in named:
        assert each.key in secrets["Secret", each.namespace, each.name]["data"]


# What it shows


def test_every_query_of_every_dashboard_is_asked_of_the_chosen_regions() -> None:
    table = known()
    for board in boards(("developer",)):
        assert [each.name for each in board.variables] == ["region"]
        for panel in board.panels:
            for query in panel.queries:
                found = names(query.expr)
                assert found.metrics <= set(table)
                asked = {metric for metric, label in found.matched if label == "region"}
                assert asked == found.metrics, query.expr
                assert query.expr.count(MATCHER) >= len(found.metrics)


def test_a_dashboard_lets_choose_among_all_regions() -> None:
    (variable,) = json.loads(render(boards(())[0]))["templating"]["list"]
    assert (variable["name"], variable["query"]) == ("region", "label_values(up, region)")
    assert (variable["multi"], variable["includeAll"]) == (True, True)


def test_a_matcher_is_added_to_metrics_and_to_nothing_else() -> None:
    assert selecting('sum by (job) (rate(up{job="up"}[5m])) / on (pod) up', 'region=""') == (
        'sum by (job) (rate(up{region="",job="up"}[5m])) / on (pod) up{region=""}'
    )
    assert not METRICS & {label for labels in known().values() for label in labels}
