"""The good stack: a data namespace with workloads, and what clouds hold. ``@name`` is the id of another resource."""

from dataclasses import dataclass
from typing import Any

DIGEST = f"@sha256:{'0' * 64}"


@dataclass(frozen=True)
class Made:
    """One resource of a program."""

    type: str
    properties: dict[str, Any]
    protect: bool = False
    provider: str = ""
    """Empty: the one named like the type's package."""


def kube(version: str, kind: str, name: str, protect: bool = False, **rest: Any) -> Made:
    """A Kubernetes object in namespace ``namespace``."""
    group = version if "/" in version else f"core/{version}"
    metadata = {"name": name, "namespace": "namespace"} | rest.pop("metadata", {})
    return Made(
        f"kubernetes:{group}:{kind}", {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}, protect
    )


def container(**more: Any) -> dict[str, Any]:
    """A container that keeps every rule."""
    amount = {"cpu": "1", "memory": "1Gi"}
    return {
        "name": "main",
        "image": f"mcp-platform/platform:1.2.3{DIGEST}",
        "resources": {"requests": amount, "limits": dict(amount)},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    } | more


def workload(*containers: dict[str, Any], labels: dict[str, str], **pod: Any) -> dict[str, Any]:
    """A pod template that keeps every rule."""
    return {
        "metadata": {"labels": labels},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": list(containers),
        }
        | pod,
    }


LABELS = {"app": "it"}
PROBE = {"httpGet": {"path": "/health", "port": 8000}}
SERVING = container(ports=[{"containerPort": 8000}], livenessProbe=PROBE, readinessProbe=PROBE)
KMS = "arn:aws:kms:eu-west-1:000000000000:key/it"
CRYPTO_KEY = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k"

INSIDE: dict[str, Made] = {
    "namespace": kube(
        "v1",
        "Namespace",
        "namespace",
        protect=True,
        metadata={"namespace": None, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    ),
    "deny": kube(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "deny",
        spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    ),
    "global": kube("v1", "ConfigMap", "mcp-global-config", data={"ENVIRONMENT": "production"}),
    "region": kube("v1", "ConfigMap", "region-config", data={"REGION": "eu-west-1", "BACKUP_REGION": "eu-central-1"}),
    "settings": kube(
        "v1", "ConfigMap", "settings", data={"password_file": "/run/secret", "client.conf": "user = me\n"}
    ),
    "deployment": kube(
        "apps/v1",
        "Deployment",
        "deployment",
        spec={"selector": {"matchLabels": LABELS}, "template": workload(SERVING, labels=LABELS)},
    ),
    "scaling": kube(
        "keda.sh/v1alpha1",
        "ScaledObject",
        "deployment-scaling",
        spec={"scaleTargetRef": {"name": "deployment"}, "triggers": [{"type": "cpu", "metadata": {"value": "70"}}]},
    ),
    "job": kube(
        "batch/v1", "Job", "job", spec={"template": workload(container(), labels=LABELS, restartPolicy="Never")}
    ),
    "saver": kube(
        "batch/v1",
        "CronJob",
        "saver",
        metadata={
            "annotations": {"mcp-platform/policy-exempt": "tokens-are-not-mounted: reads the ConfigMaps it saves"}
        },
        spec={
            "schedule": "0 3 * * *",
            "jobTemplate": {
                "spec": {
                    "template": workload(
                        container(), labels=LABELS, restartPolicy="Never", automountServiceAccountToken=True
                    )
                }
            },
        },
    ),
    "collector": kube(
        "apps/v1",
        "DaemonSet",
        "collector",
        metadata={
            "annotations": {"mcp-platform/policy-exempt": "pods-are-restricted: reads the nodes' container logs"}
        },
        spec={
            "selector": {"matchLabels": LABELS},
            "template": workload(
                SERVING, labels=LABELS, volumes=[{"name": "logs", "hostPath": {"path": "/var/log/containers"}}]
            ),
        },
    ),
    "ingress": kube(
        "networking.k8s.io/v1",
        "Ingress",
        "ingress",
        spec={"tls": [{"hosts": ["api.example.org"]}], "rules": [{"host": "api.example.org"}]},
    ),
    "class": kube(
        "storage.k8s.io/v1",
        "StorageClass",
        "class",
        metadata={"namespace": None},
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true"},
    ),
    "database": kube(
        "postgresql.cnpg.io/v1",
        "Cluster",
        "database",
        protect=True,
        spec={"instances": 3, "imageName": f"example.org/postgresql:18.4{DIGEST}", "storage": {"size": "1Gi"}},
    ),
    "archive": kube(
        "barmancloud.cnpg.io/v1",
        "ObjectStore",
        "archive",
        spec={"configuration": {"destinationPath": "s3://mcp-platform-backups-eu-central-1/database"}},
    ),
    "release": Made(
        "kubernetes:helm.sh/v3:Release",
        {
            "name": "keda",
            "chart": "keda",
            "version": "2.21.0",
            "values": {"admin": {"existingSecret": "admin", "passwordKey": "password"}},
        },
    ),
}
AWS: dict[str, Made] = {
    "key": Made("aws:kms/key:Key", {"enableKeyRotation": True}, protect=True),
    "bucket": Made("aws:s3/bucket:Bucket", {"bucketPrefix": "mcp-platform-backups-eu-west-1"}, protect=True),
    "bucket-block": Made(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {
            "bucket": "@bucket",
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
    ),
    "bucket-encryption": Made(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {
            "bucket": "@bucket",
            "rules": [
                {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "@key"}},
            ],
        },
    ),
    "bucket-versioning": Made(
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "@bucket", "versioningConfiguration": {"status": "Enabled"}},
    ),
    "bucket-policy": Made(
        "aws:s3/bucketPolicy:BucketPolicy",
        {"bucket": "@bucket", "policy": '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]}'},
    ),
    "eks": Made(
        "aws:eks/cluster:Cluster",
        {
            "roleArn": "arn:aws:iam::000000000000:role/eks",
            "vpcConfig": {"subnetIds": ["a", "b"], "publicAccessCidrs": ["192.0.2.0/24"]},
            "encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "@key"}},
        },
        protect=True,
    ),
    "template": Made(
        "aws:ec2/launchTemplate:LaunchTemplate",
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "volumeSize": 50}}]},
    ),
    "nodes": Made(
        "aws:eks/nodeGroup:NodeGroup",
        {
            "clusterName": "eks",
            "nodeRoleArn": "arn:aws:iam::000000000000:role/node",
            "subnetIds": ["a", "b"],
            "scalingConfig": {"minSize": 3, "maxSize": 6, "desiredSize": 3},
            "launchTemplate": {"id": "@template", "version": "1"},
        },
    ),
    "volume": Made("aws:ebs/volume:Volume", {"availabilityZone": "eu-west-1a", "size": 10, "encrypted": True}, True),
    "listener": Made(
        "aws:lb/listener:Listener",
        {"loadBalancerArn": "arn", "port": 443, "protocol": "TLS", "defaultActions": [{"type": "forward"}]},
    ),
    "group": Made(
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"fromPort": 443, "toPort": 443, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}]},
    ),
    "cdn": Made(
        "aws:cloudfront/distribution:Distribution",
        {
            "enabled": True,
            "origins": [{"originId": "assets", "domainName": "assets.s3.eu-west-1.amazonaws.com"}],
            "defaultCacheBehavior": {
                "targetOriginId": "assets",
                "viewerProtocolPolicy": "redirect-to-https",
                "allowedMethods": ["GET"],
                "cachedMethods": ["GET"],
            },
            "restrictions": {"geoRestriction": {"restrictionType": "none"}},
            "viewerCertificate": {
                "acmCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/it",
                "minimumProtocolVersion": "TLSv1.2_2021",
                "sslSupportMethod": "sni-only",
            },
        },
    ),
}
GCP: dict[str, Made] = {
    "gcp-ring": Made("gcp:kms/keyRing:KeyRing", {"location": "europe-west1", "project": "p"}, protect=True),
    "gcp-key": Made(
        "gcp:kms/cryptoKey:CryptoKey", {"keyRing": "@gcp-ring", "rotationPeriod": "7776000s"}, protect=True
    ),
    "gcp-bucket": Made(
        "gcp:storage/bucket:Bucket",
        {
            "location": "EU",
            "uniformBucketLevelAccess": True,
            "publicAccessPrevention": "enforced",
            "encryption": {"defaultKmsKeyName": "@gcp-key"},
            "versioning": {"enabled": True},
        },
        protect=True,
    ),
    "gke": Made(
        "gcp:container/cluster:Cluster",
        {
            "location": "europe-west1",
            "databaseEncryption": {"state": "ENCRYPTED", "keyName": CRYPTO_KEY},
            "masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "192.0.2.0/24"}]},
        },
        protect=True,
    ),
    "firewall": Made(
        "gcp:compute/firewall:Firewall",
        {"network": "n", "sourceRanges": ["0.0.0.0/0"], "allows": [{"protocol": "tcp", "ports": ["443"]}]},
    ),
}
GOOD: dict[str, Made] = INSIDE | AWS | GCP
