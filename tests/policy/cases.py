"""One stack that keeps every policy, and for each policy resources that break it and nothing else.

Plain data, so that the rules can be asked directly and the engine can be asked by a real program (``program.py``).
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.policy.stack_of_cases import GOOD, Made

Change = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Case:
    """A copy of a good resource, changed so that it breaks one policy.

    Attributes:
        policy: it breaks.
        like: name of the good resource; the copy is called ``bad-<like>-<number>``.
        change: of its properties.
        sentence: that the policy says; ``{it}`` stands for the copy's name.
        companions: good resources that are copied for it, changed only in what names it.
    """

    policy: str
    like: str
    sentence: str
    change: Change = lambda _: None
    companions: tuple[str, ...] = ()
    without: Mapping[str, Any] | None = None
    """Other attributes of the copy than properties: ``protect``, ``provider``."""


def pod(properties: dict[str, Any]) -> dict[str, Any]:
    """The pods' specification of a workload."""
    return properties["spec"]["template"]["spec"]


def main(properties: dict[str, Any]) -> dict[str, Any]:
    """The first container of a workload."""
    return pod(properties)["containers"][0]


def at(*path: str) -> Callable[[Any], Change]:
    """A change that sets the property at ``path``; None removes it."""

    def to(value: Any) -> Change:
        def change(properties: dict[str, Any]) -> None:
            inner: Any = properties
            for key in path[:-1]:
                inner = inner[key]
            if value is None:
                del inner[path[-1]]
            else:
                inner[path[-1]] = value

        return change

    return to


def annotated(text: str) -> Change:
    """An exemption."""
    return lambda given: given["metadata"].update(annotations={"mcp-platform/policy-exempt": text})


CASES: tuple[Case, ...] = (
    # Workloads
    Case(
        "pods-are-restricted",
        "deployment",
        "{it}/main may run as root: set securityContext.runAsNonRoot and no runAsUser 0",
        lambda given: pod(given)["securityContext"].pop("runAsNonRoot"),
    ),
    Case(
        "pods-are-restricted",
        "deployment",
        "{it} mounts volume node of type hostPath: use configMap, csi,",
        lambda given: pod(given).update(volumes=[{"name": "node", "hostPath": {"path": "/var/log"}}]),
    ),
    Case(
        "pods-are-restricted",
        "job",
        "{it} joins the node's namespaces: leave out hostNetwork",
        lambda given: pod(given).update(hostNetwork=True),
    ),
    Case(
        "tokens-are-not-mounted",
        "job",
        "{it} mounts a service-account token: set automountServiceAccountToken to false",
        lambda given: pod(given).pop("automountServiceAccountToken"),
    ),
    Case(
        "resources-are-bounded",
        "deployment",
        "{it}/main has no limits for cpu: set resources.limits",
        lambda given: main(given)["resources"]["limits"].pop("cpu"),
    ),
    Case(
        "containers-have-probes",
        "deployment",
        "{it}/main has ports and no readinessProbe: add one",
        lambda given: main(given).pop("readinessProbe"),
    ),
    Case(
        "autoscaled-workloads-have-no-replicas",
        "deployment",
        "{it} sets replicas although an autoscaler owns them: leave them out",
        lambda given: given["spec"].update(replicas=2),
        ("scaling",),
    ),
    # Images and charts
    Case(
        "images-do-not-float",
        "release",
        "{it} sets image.tag to latest: name a version, or leave the chart's own",
        lambda given: given["values"].update(image={"tag": "latest"}),
    ),
    Case(
        "images-are-by-digest",
        "deployment",
        "{it}/main runs mcp-platform/platform:1.2.3 in a shared cluster: add its @sha256:… digest",
        lambda given: main(given).update(image="mcp-platform/platform:1.2.3"),
    ),
    Case(
        "images-are-by-digest",
        "database",
        "{it} runs example.org/postgresql:18.4 in a shared cluster: add its @sha256:… digest",
        at("spec", "imageName")("example.org/postgresql:18.4"),
    ),
    Case(
        "charts-are-pinned",
        "release",
        "{it} installs chart keda in version ~2.21: name an exact version",
        at("version")("~2.21"),
    ),
    # Namespaces and network
    Case(
        "namespaces-are-restricted",
        "namespace",
        "namespace {it} is privileged without a reason: set label pod-security.kubernetes.io/enforce to restricted",
        at("metadata", "labels")({"pod-security.kubernetes.io/enforce": "privileged"}),
        ("deny",),
    ),
    Case(
        "namespaces-deny-by-default",
        "namespace",
        "namespace {it} lets every pod talk to every other: add a default-deny network policy",
    ),
    Case(
        "ingresses-have-no-snippets",
        "ingress",
        "{it} has annotation nginx.org/server-snippets: use the controller's own annotations",
        at("metadata", "annotations")({"nginx.org/server-snippets": "return 200;"}),
    ),
    Case(
        "cluster-endpoints-are-not-open",
        "eks",
        "{it} answers everybody: set vpcConfig.endpointPublicAccess to false, or publicAccessCidrs to your networks",
        at("vpcConfig", "publicAccessCidrs")(["0.0.0.0/0"]),
    ),
    Case(
        "cluster-endpoints-are-not-open",
        "gke",
        "{it} answers everybody: set privateClusterConfig.enablePrivateEndpoint to true",
        at("masterAuthorizedNetworksConfig")(None),
    ),
    Case(
        "firewalls-are-narrow",
        "group",
        "{it} opens ports 22 to 22 to everybody: name the networks that need them",
        at("ingress")([{"fromPort": 22, "toPort": 22, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}]),
    ),
    Case(
        "firewalls-are-narrow",
        "firewall",
        "{it} opens ports 5432 to everybody: name the networks that need them",
        at("allows")([{"protocol": "tcp", "ports": ["443", "5432"]}]),
    ),
    # Secrets
    Case(
        "secrets-are-files",
        "job",
        "{it}/main has secret KEY in its environment: mount it as a file",
        lambda given: main(given).update(
            env=[{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]
        ),
    ),
    Case(
        "no-plaintext-secret",
        "deployment",
        "{it} has a value of DATABASE_PASSWORD in clear in spec.template.spec.containers.env.DATABASE_PASSWORD: put it",
        lambda given: main(given).update(env=[{"name": "DATABASE_PASSWORD", "value": "hunter2"}]),
    ),
    Case(
        "no-plaintext-secret",
        "settings",
        "{it} has a value of password in clear in data.client.conf: put it into a Secret and name that Secret instead",
        at("data")({"client.conf": "user = me\npassword = hunter2\n"}),
    ),
    Case(
        "no-plaintext-secret",
        "release",
        "{it} has a value of adminPassword in clear in values.grafana.adminPassword: put it",
        at("values", "grafana")({"adminPassword": "hunter2"}),
    ),
    Case(
        "no-plaintext-secret",
        "ingress",
        "{it} has a password in an address in clear in metadata.annotations.example.org/upstream: put it",
        at("metadata", "annotations")({"example.org/upstream": "https://me:hunter2@example.org"}),
    ),
    # Encryption
    Case(
        "storage-is-encrypted",
        "class",
        'StorageClass {it} makes volumes in clear: set parameters.encrypted to "true"',
        at("parameters")({"type": "gp3"}),
    ),
    Case("storage-is-encrypted", "volume", "{it} is stored in clear: set encrypted to true", at("encrypted")(None)),
    Case(
        "storage-is-encrypted",
        "template",
        '{it} gives nodes disks in clear: set blockDeviceMappings[].ebs.encrypted to "true"',
        at("blockDeviceMappings")([{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 50}}]),
    ),
    Case(
        "storage-is-encrypted",
        "nodes",
        "{it} takes the account's default for its disks: name a launchTemplate with encrypted ones",
        at("launchTemplate")(None),
    ),
    Case(
        "cluster-secrets-are-encrypted",
        "eks",
        '{it} stores Secrets in clear: set encryptionConfig to resources ["secrets"] with a keyArn',
        at("encryptionConfig")(None),
    ),
    Case(
        "cluster-secrets-are-encrypted",
        "gke",
        "{it} stores Secrets in clear: set databaseEncryption to state ENCRYPTED with a keyName",
        at("databaseEncryption")({"state": "DECRYPTED"}),
    ),
    Case("keys-rotate", "key", "{it} never rotates: set enableKeyRotation to true", at("enableKeyRotation")(None)),
    Case("keys-rotate", "gcp-key", "{it} never rotates: set rotationPeriod, for example", at("rotationPeriod")(None)),
    Case(
        "traffic-is-encrypted",
        "listener",
        "{it} serves HTTP: use TLS or HTTPS, or redirect to it",
        lambda given: given.update(protocol="HTTP", defaultActions=[{"type": "forward"}]),
    ),
    Case(
        "traffic-is-encrypted",
        "cdn",
        "{it} serves plain HTTP: set viewerProtocolPolicy to redirect-to-https",
        at("defaultCacheBehavior", "viewerProtocolPolicy")("allow-all"),
    ),
    Case("traffic-is-encrypted", "ingress", "{it} serves plain HTTP: add spec.tls", at("spec", "tls")(None)),
    # Buckets
    Case(
        "buckets-are-private",
        "bucket",
        "{it} can be made public: add a BucketPublicAccessBlock with blockPublicAcls, blockPublicPolicy,",
        companions=("bucket-encryption", "bucket-versioning"),
    ),
    Case(
        "buckets-are-private",
        "gcp-bucket",
        "{it} can be made public: set publicAccessPrevention to enforced",
        at("publicAccessPrevention")("inherited"),
    ),
    Case(
        "buckets-are-private",
        "bucket-policy",
        "{it} lets any principal in: name the principals, or add a condition",
        at("policy")('{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]}'),
    ),
    Case(
        "buckets-are-encrypted",
        "bucket",
        "{it} is not encrypted with a key of ours: add a BucketServerSideEncryptionConfiguration",
        companions=("bucket-block", "bucket-versioning"),
    ),
    Case(
        "buckets-are-encrypted",
        "gcp-bucket",
        "{it} is not encrypted with a key of ours: set encryption.defaultKmsKeyName",
        at("encryption")(None),
    ),
    Case(
        "backups-are-versioned",
        "bucket",
        "{it} keeps no old versions: add a BucketVersioning with status Enabled",
        companions=("bucket-block", "bucket-encryption"),
    ),
    Case(
        "backups-are-versioned",
        "gcp-bucket",
        "{it} keeps no old versions: set versioning.enabled to true",
        lambda given: given.update(name="backups-without-versions", versioning={"enabled": False}),
    ),
    # Tags, protection, residency
    Case(
        "resources-are-tagged",
        "key",
        "{it} lacks tags mcp-platform:stack, mcp-platform:region, mcp-platform:residency, mcp-platform:environment:",
        without={"provider": "aws-untagged"},
    ),
    Case(
        "resources-are-tagged",
        "gcp-key",
        "{it} says mcp-platform-residency is us in a stack of eu: set eu",
        at("labels")({"mcp-platform-residency": "us"}),
    ),
    Case(
        "stateful-things-are-protected",
        "database",
        "Cluster {it} holds data and is not protected: give it the option protect (infra.options.guarded_child)",
        without={"protect": False},
    ),
    Case(
        "stateful-things-are-protected",
        "volume",
        "Volume {it} holds data and is not protected: give it the option protect",
        without={"protect": False},
    ),
    Case(
        "nothing-leaves-its-residency-zone",
        "archive",
        "{it} names us-west-2 in spec.configuration.destinationPath, in zone us: choose a region of zone eu",
        at("spec", "configuration", "destinationPath")("s3://mcp-platform-backups-us-west-2/database"),
    ),
    Case(
        "nothing-leaves-its-residency-zone",
        "gcp-bucket",
        "{it} names asia in location, in no residency zone of the platform: choose a region of zone eu",
        at("location")("asia"),
    ),
    Case(
        "nothing-leaves-its-residency-zone",
        "key",
        "{it} names us-east-1 in region, in zone us: choose a region of zone eu",
        at("region")("us-east-1"),
    ),
    Case(
        "exemptions-are-reasoned",
        "deployment",
        "{it} wants an exemption from 'pods-are-restrictd', which is no policy: did you mean pods-are-restricted?",
        annotated("pods-are-restrictd: it has to"),
    ),
    Case(
        "exemptions-are-reasoned",
        "settings",
        "{it} wants an exemption from nothing-leaves-its-residency-zone, which has none: Choose a region",
        annotated("nothing-leaves-its-residency-zone: cheaper"),
    ),
)
OUTPUTS: dict[str, Any] = {
    "residency": "eu",
    "environment": "production",
    "secrets": {"api_token": {"namespace": "data", "name": "api-bootstrap-token", "key": "token"}},
}
BAD_OUTPUT = ("database_password", "hunter2")
BAD_OUTPUT_SENTENCE = "output database_password holds a value of database_password: export namespace, name and key"


def copies(number: int, case: Case) -> dict[str, Made]:
    """The bad resource first, then its companions."""
    original = GOOD[case.like]
    name = bad_name(number, case)
    properties = copy.deepcopy(dict(original.properties))
    if "metadata" in properties:
        properties["metadata"]["name"] = name
    case.change(properties)
    found = {name: replace(original, properties=properties, **(case.without or {}))}
    for each in case.companions:
        companion = GOOD[each]
        found[f"{name}-{each}"] = replace(companion, properties=_renamed(companion.properties, case.like, name))
    return found


def bad_name(number: int, case: Case) -> str:
    """Name of the bad resource."""
    return f"bad-{case.like}-{number}"


def bad() -> dict[str, Made]:
    """The good stack with every bad resource beside it."""
    return GOOD | {name: made for number, case in enumerate(CASES) for name, made in copies(number, case).items()}


def expected() -> list[tuple[str, str, str]]:
    """Policy, resource and beginning of the sentence, for each breach in the bad stack."""
    cases = [(case.policy, bad_name(number, case), case.sentence) for number, case in enumerate(CASES)]
    found = [(policy, name, sentence.replace("{it}", name)) for policy, name, sentence in cases]
    return [*found, ("outputs-hold-no-secret", "tiny-dev", BAD_OUTPUT_SENTENCE)]


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, old, new) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, old, new) for each in value]
    return value.replace(old, new) if isinstance(value, str) and value in (old, f"@{old}", f"{old}-scaling") else value
