"""What the stack is told of the cluster it comes to."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from infra.sections.cluster import Operator
from infra.settings import parse
from ops.controlplane.api import Api
from ops.local.failure import LocalError
from ops.local.presence import API_GROUPS, present, settings_for
from ops.local.stack import overlaid
from ops.local.state import ROOT
from ops.toolchain.operators import OperatorName
from tests.ops.local.answering import answering, manifest, objects

GROUPS = tuple(API_GROUPS.values())


@pytest.fixture
def connected(tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Makes a client of a small server that has these objects."""
    apis: list[Api] = []
    with answering({}) as server:

        def connect(*manifests: dict[str, Any]) -> Api:
            server.answers = objects(*manifests)
            apis.append(Api.from_kubeconfig(server.kubeconfig(tmp_path / "kubeconfig")))
            return apis[-1]

        yield connect
        for api in apis:
            api.close()


def group(name: str) -> dict[str, Any]:
    """Something of an API group."""
    return manifest(f"{name}/v1", "Anything", "any")


def test_of_operators_that_were_installed_here_the_stack_is_told_without_asking_the_cluster() -> None:
    nobody = cast("Api", None)
    assert present(nobody, (OperatorName.COREDNS, OperatorName.KEDA)) == [Operator.KEDA]
    assert Operator.PROMETHEUS in present(nobody, tuple(OperatorName))
    assert Operator.ELASTIC not in present(nobody, tuple(OperatorName))


def test_of_a_users_own_cluster_the_stack_is_told_what_it_has(connected: Callable[..., Api]) -> None:
    nginx = manifest("networking.k8s.io/v1", "IngressClass", "nginx")
    everything = present(connected(*map(group, GROUPS), nginx), ())
    assert set(everything) == set(Operator) - {Operator.CLUSTER_AUTOSCALER}
    assert present(connected(*map(group, ("postgresql.cnpg.io", "cert-manager.io"))), ()) == [
        Operator.CERT_MANAGER,
        Operator.CLOUDNATIVE_PG,
    ]


@pytest.mark.parametrize(
    ("group_missing", "name"), [("postgresql.cnpg.io", "CloudNativePG"), ("cert-manager.io", "cert-manager")]
)
def test_a_cluster_on_which_no_stack_can_be_made_is_refused(
    group_missing: str, name: str, connected: Callable[..., Api]
) -> None:
    groups = [group(each) for each in GROUPS if each != group_missing]
    with pytest.raises(LocalError, match=rf"^The cluster has no {name}: install it there first"):
        present(connected(*groups), ())


@pytest.mark.parametrize("operators", [[Operator.CLOUDNATIVE_PG], list(Operator)])
def test_whatever_a_cluster_lacks_the_settings_made_for_it_are_accepted(operators: list[Operator]) -> None:
    committed = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]["mcp:settings"]
    settings = parse(overlaid(committed, settings_for(operators)))
    assert {each for each in Operator if settings.cluster.has(each)} == set(operators)
    assert settings.monitoring.enabled.is_on is (Operator.PROMETHEUS in operators)
