"""A pod of several containers."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pulumi.runtime.rpc import serialize_property

from infra.pods import Container, Scratch, SecretFiles, Workload, pod_template
from infra.presets import Amount, Resources

RESOURCES = Resources(requests=Amount(cpu="1", memory="1Gi"), limits=Amount(cpu="1", memory="1Gi"))
SECRET = SecretFiles("credentials", "secret", "/etc/secret")
MAIN = Workload(
    name="main",
    image="main:1",
    command=("serve",),
    resources=RESOURCES,
    labels={"app": "main"},
    service_account="main",
    mounts=(SECRET, Scratch("tmp", "/tmp", "1Mi")),  # noqa: S108
)
BESIDE = Container(name="beside", image="beside:1", command=(), resources=RESOURCES, ports={"metrics": 1})


def pod(work: Workload) -> dict[str, Any]:
    """The pod's spec as it is sent."""
    return asyncio.get_event_loop().run_until_complete(serialize_property(pod_template(work), [], "pod"))["spec"]


def test_each_container_sees_its_own_mounts_and_the_pod_has_each_volume_once() -> None:
    elsewhere = replace(SECRET, path="/elsewhere")
    before = replace(BESIDE, name="before", mounts=(Scratch("made", "/made", "1Mi"),))
    made = pod(replace(MAIN, sidecars=(replace(BESIDE, mounts=(elsewhere,)),), prepared_by=(before,)))
    assert [each["name"] for each in made["containers"]] == ["main", "beside"]
    assert [each["name"] for each in made["initContainers"]] == ["before"]
    assert [each["mountPath"] for each in made["containers"][1]["volumeMounts"]] == ["/elsewhere"]
    assert [each["name"] for each in made["volumes"]] == ["credentials", "tmp", "made"]


def test_every_container_is_restricted() -> None:
    made = pod(replace(MAIN, sidecars=(BESIDE,), prepared_by=(replace(BESIDE, name="before"),)))
    contexts = [each["securityContext"] for each in (*made["containers"], *made["initContainers"])]
    assert (
        contexts
        == [
            {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }
        ]
        * 3
    )


def test_one_name_for_two_volumes_is_refused() -> None:
    other = replace(BESIDE, mounts=(Scratch("credentials", "/etc/secret", "1Mi"),))
    with pytest.raises(ValueError, match=r"'credentials'.*give one another name"):
        pod_template(replace(MAIN, sidecars=(other,)))


def test_a_pod_without_more_has_nothing_more() -> None:
    made = pod(MAIN)
    assert not {"initContainers", "affinity", "priorityClassName"} & set(made)
    assert "command" not in pod(replace(MAIN, command=()))["containers"][0]
