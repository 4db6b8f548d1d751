"""Where a pod names no limit of ephemeral storage, all that it can write to is bounded otherwise."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.lint.findings import Finding
from tests.lint.pods import pod_of
from tests.lint.reasons import FILE, read_reasons
from tests.lint.rendered import STACKS, Objects, identity

CHECK = "container-ephemeral-storage-request-and-limit"
BOUNDED = ("/var/lib/mcp-platform/fluentd",)
"""Directories of nodes whose contents the writer itself keeps small: Fluentd's buffer has a total_limit_size."""


def unbounded(pod: dict[str, Any]) -> list[str]:
    """What a pod can write to without a limit."""
    containers = [*pod.get("initContainers", ()), *pod["containers"]]
    mounts = [mount for each in containers for mount in each.get("volumeMounts", ())]
    written = {mount["name"] for mount in mounts if not mount.get("readOnly")}
    roots = [each for each in containers if not each.get("securityContext", {}).get("readOnlyRootFilesystem")]
    volumes = [each for each in pod.get("volumes", ()) if each["name"] in written]
    return [
        *(each["name"] for each in roots),
        *(each["name"] for each in volumes if "emptyDir" in each and "sizeLimit" not in each["emptyDir"]),
        *(each["name"] for each in volumes if "hostPath" in each and each["hostPath"]["path"] not in BOUNDED),
    ]


@pytest.mark.parametrize("stack", STACKS)
def test_a_pod_without_a_limit_of_ephemeral_storage_can_fill_nothing(stacks: Mapping[str, Objects], stack: str) -> None:
    reasons = [each for each in read_reasons(FILE.read_text(encoding="utf-8")) if each.check == CHECK]
    for document in stacks[stack].documents.values():
        pod = pod_of(document)
        finding = Finding("kube-score", CHECK, identity(document), "")
        if pod is not None and any(reason.excuses(finding) for reason in reasons):
            assert not unbounded(pod["spec"]), identity(document)


MOUNTED = [
    {
        "name": "c",
        "securityContext": {"readOnlyRootFilesystem": True},
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    }
]


@pytest.mark.parametrize(
    "pod",
    [
        {"containers": [{"name": "writes-to-its-root"}]},
        {"containers": MOUNTED, "volumes": [{"name": "v", "emptyDir": {}}]},
        {"containers": MOUNTED, "volumes": [{"name": "v", "hostPath": {"path": "/var"}}]},
    ],
)
def test_space_without_a_bound_is_seen(pod: dict[str, Any]) -> None:
    assert unbounded(pod)
