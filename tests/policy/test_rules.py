"""Each rule finds what breaks it and lets pass what keeps it; the same cases go through the real engine beside."""

from collections import Counter
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_NUMBER_VALUE, UNKNOWN_STRING_VALUE, unknown_checking_proxy

from contract.residency import Zone, zones_in
from infra import charts
from policy.images import AWAITING_DIGEST
from policy.plaintext import secret_in
from policy.resources import UNKNOWN, Item, settled
from policy.stack import Stack
from tests.policy.asked import breaches, items, said_by, stack
from tests.policy.cases import BAD_OUTPUT, GOOD, OUTPUTS, bad, expected
from tests.policy.stack_of_cases import Made, container, kube, workload

FOUND = breaches(stack(*items(bad()), outputs=OUTPUTS | dict([BAD_OUTPUT])))


def deployment(image: str, **metadata: Any) -> Item:
    spec = {"template": workload(container(image=image), labels={})}
    return items({"it": kube("apps/v1", "Deployment", "it", metadata=metadata, spec=spec)})[0]


def settings(environment: str) -> Item:
    return items({"c": kube("v1", "ConfigMap", "mcp-global-config", data={"ENVIRONMENT": environment})})[0]


def test_the_good_stack_keeps_every_rule() -> None:
    assert breaches(stack(*items(GOOD), outputs=OUTPUTS)) == []


def test_each_bad_resource_breaks_its_rule_and_no_other() -> None:
    assert Counter(each[:2] for each in FOUND) == Counter(each[:2] for each in expected())


@pytest.mark.parametrize(("policy", "name", "sentence"), expected(), ids=lambda each: each.split(" ")[0])
def test_a_breach_is_named(policy: str, name: str, sentence: str) -> None:
    assert [said.startswith(sentence) for rule, item, said in FOUND if (rule, item) == (policy, name)] == [True]


def test_what_the_engine_hands_over_is_read_like_plain_objects() -> None:
    handed = unknown_checking_proxy(
        {"a": [1.0, UNKNOWN_STRING_VALUE, 1.5], "b": UNKNOWN_NUMBER_VALUE, "c": {"d": "e"}, "f": None}
    )
    assert settled(handed) == {"a": [1, UNKNOWN, 1.5], "b": UNKNOWN, "c": {"d": "e"}, "f": None}


@pytest.mark.parametrize("name", GOOD)
def test_what_a_preview_does_not_know_yet_breaks_nothing(name: str) -> None:
    """Each property in turn is unknown; what is inside a property is unknown with it."""
    for key in GOOD[name].properties:
        if key in ("metadata", "kind", "apiVersion"):
            continue
        unknown = Made(GOOD[name].type, GOOD[name].properties | {key: UNKNOWN}, GOOD[name].protect)
        found = breaches(stack(*items(GOOD | {name: unknown}), outputs=OUTPUTS))
        assert [each for each in found if each[1] == name] == [], key


def test_only_a_local_stack_may_run_an_image_by_tag() -> None:
    tagged = deployment("example.org/a:1")
    assert said_by("images-are-by-digest", settings("local"), tagged) == []
    assert len(said_by("images-are-by-digest", settings("production"), tagged)) == 1
    assert len(said_by("images-are-by-digest", tagged)) == 1


@pytest.mark.parametrize("image", ["a/b", "a/b:latest", "host:5000/a/b", "a/b:main", ""])
def test_a_moving_tag_is_refused_in_every_stack(image: str) -> None:
    assert len(said_by("images-do-not-float", settings("local"), deployment(image))) == 1


def test_an_image_waits_for_its_digest_only_while_it_runs_without_one() -> None:
    images = {value for value in vars(charts).values() if isinstance(value, str)}
    assert images >= AWAITING_DIGEST, "infra.charts has pinned or dropped it: remove it from AWAITING_DIGEST"


def test_protection_is_asked_for_only_where_the_stack_is_protected() -> None:
    volume = items({"v": Made("aws:ebs/volume:Volume", {"encrypted": True})})[0]
    assert said_by("stateful-things-are-protected", *stack(volume, protection="off")) == []
    assert len(said_by("stateful-things-are-protected", *stack(volume, protection="on"))) == 1
    assert len(said_by("stateful-things-are-protected", volume)) == 1


def test_the_namespace_of_what_holds_data_is_protected_too() -> None:
    namespace = items({"n": kube("v1", "Namespace", "namespace", metadata={"namespace": None})})[0]
    database = items({"database": GOOD["database"]})[0]
    assert said_by("stateful-things-are-protected", *stack(namespace)) == []
    (said,) = said_by("stateful-things-are-protected", *stack(namespace, database))
    assert said.startswith("Namespace n holds data")


def test_an_exemption_without_a_reason_exempts_from_nothing() -> None:
    annotations = {"mcp-platform/policy-exempt": "images-do-not-float"}
    found = breaches([settings("local"), deployment("a/b:latest", annotations=annotations)])
    assert {policy for policy, _, _ in found} == {"images-do-not-float", "exemptions-are-reasoned"}


def test_several_exemptions_stand_on_lines_of_their_own_or_between_semicolons() -> None:
    for between in ("\n", "; "):
        text = between.join(["images-do-not-float: a drill; it ends soon", "tokens-are-not-mounted: not needed"])
        found = breaches(
            [settings("local"), deployment("a/b:latest", annotations={"mcp-platform/policy-exempt": text})]
        )
        assert found == []


def test_a_cluster_may_answer_everybody_where_its_tag_says_why() -> None:
    tags = {"mcp-platform:policy-exempt": "cluster-endpoints-are-not-open: CI has no fixed address"}
    properties = GOOD["eks"].properties | {"vpcConfig": {"subnetIds": []}}
    assert len(said_by("cluster-endpoints-are-not-open", *items({"eks": Made(GOOD["eks"].type, properties)}))) == 1
    assert (
        said_by("cluster-endpoints-are-not-open", *items({"eks": Made(GOOD["eks"].type, properties | {"tags": tags})}))
        == []
    )


def test_a_server_default_in_the_outputs_is_not_taken_for_the_programs_word() -> None:
    item = Item("kubernetes:apps/v1:Deployment", "deployment", {"spec": {}}, outputs={"spec": {"replicas": 1}})
    assert said_by("autoscaled-workloads-have-no-replicas", item, *items({"s": GOOD["scaling"]})) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "hunter2"),
        ("OPENAI_API_KEY", "x1"),
        ("adminPassword", "hunter2"),
        ("args", "--token AKIAABCDEFGHIJKLMNOP"),
        ("anything", "-----BEGIN EC PRIVATE KEY-----\nabc"),
        ("url", "postgresql://me:hunter2@host/db"),
        ("conf", "a: 1\n  password: hunter2\n"),
        ("conf", 'x\n{"client_secret": "hunter2"}\n'),
        ("conf", "maxmemory 1gb\nrequirepass hunter2\n"),
    ],
)
def test_a_secret_in_clear_is_recognised(key: str, value: str) -> None:
    assert secret_in(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("existingSecret", "grafana"),
        ("passwordKey", "admin-password"),
        ("key", "token"),
        ("password_file", "hunter2"),
        ("password", ""),
        ("password", "${PASSWORD}"),
        ("password", "/run/secrets/password"),
        ("MAX_TOKENS", "4000"),
        ("public_key", "-----BEGIN PUBLIC KEY-----\nabc"),
        ("url", "https://example.org:443/a@b"),
        ("url", "redis://:$PASSWORD@host"),
        ("conf", 'password "#{File.read(path)}"\nuser fluentd\n'),
        ("conf", "tokens: 4000\npassword = os.environ['X']\n"),
        ("password_encryption", "scram-sha-256"),
    ],
)
def test_the_place_of_a_secret_is_not_taken_for_one(key: str, value: str) -> None:
    assert secret_in(key, value) is None


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("eu-west-1", Zone.EU),
        ("us-east-1a", Zone.US),
        ("europe-west4-b", Zone.EU),
        ("us-central1", Zone.US),
        ("EU", Zone.EU),
        ("NAM4", Zone.US),
        ("EUR4", Zone.EU),
        ("ASIA", Zone.ELSEWHERE),
        ("s3://mcp-platform-backups-ap-south-1/x", Zone.ELSEWHERE),
    ],
)
def test_a_region_is_known_by_its_name(text: str, zone: Zone) -> None:
    assert list(zones_in(text).values()) == [zone]


@pytest.mark.parametrize(
    "text", ["local", "on-premises-2", "business-west-1", "status-east", "https://api.example.org"]
)
def test_other_names_are_no_cloud_regions(text: str) -> None:
    assert zones_in(text) == {}


@pytest.mark.parametrize(
    ("outputs", "configured", "residency"),
    [({"residency": "us"}, "eu-west-1", Zone.US), ({}, "eu-west-1", Zone.EU), ({}, "on-premises", None)],
)
def test_residency_is_what_the_stack_says_and_else_its_regions(
    outputs: dict[str, Any], configured: str, residency: Zone | None
) -> None:
    region = items({"r": kube("v1", "ConfigMap", "region-config", data={"REGION": configured})})
    assert Stack(stack(*region, outputs=outputs)).residency == residency
