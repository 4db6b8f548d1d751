"""A stack's state is used on the cluster that it tells of and on no other. A small server stands for the cluster."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.controlplane.api import Api
from ops.local.failure import LocalError
from ops.local.identity import forget_another_cluster, require_own_cluster
from ops.local.stack import LocalStack
from tests.ops.local.answering import Answering, answering, manifest, objects

SYSTEM = "/api/v1/namespaces/kube-system"


@pytest.fixture
def served() -> Iterator[Answering]:
    """A cluster."""
    with answering(objects(manifest("v1", "Namespace", "kube-system", metadata={"uid": "one"}))) as server:
        yield server


@pytest.fixture
def stack(tmp_path: Path) -> LocalStack:
    """A stack with a resource."""
    stack = LocalStack(tmp_path / "pulumi", Path("/bin/false"), tmp_path / "kubeconfig")
    stack.backend.mkdir(parents=True)
    (stack.backend / "resources").touch()
    return stack


@pytest.fixture
def connect(served: Answering, tmp_path: Path) -> Callable[[], Api]:
    """How to reach the cluster."""
    path = served.kubeconfig(tmp_path / "kubeconfig")
    return lambda: Api.from_kubeconfig(path)


def knows_resources(stack: LocalStack) -> bool:
    """Whether the stack's state is still there."""
    return (stack.backend / "resources").exists()


def test_the_state_is_kept_as_long_as_the_cluster_is_the_same(stack: LocalStack, connect: Callable[[], Api]) -> None:
    forget_another_cluster(stack, connect)
    (stack.backend / "resources").touch()
    assert forget_another_cluster(stack, connect) is False
    assert knows_resources(stack)


def test_the_state_of_another_cluster_is_forgotten_once(
    stack: LocalStack, connect: Callable[[], Api], served: Answering
) -> None:
    forget_another_cluster(stack, connect)
    (stack.backend / "resources").touch()
    served.answers[SYSTEM]["metadata"]["uid"] = "two"
    assert forget_another_cluster(stack, connect) is True
    assert not knows_resources(stack) and stack.backend.is_dir()
    assert forget_another_cluster(stack, connect) is False


def test_a_state_of_which_nobody_knows_whose_it_is_is_forgotten(stack: LocalStack, connect: Callable[[], Api]) -> None:
    assert forget_another_cluster(stack, connect) is True
    assert not knows_resources(stack)


def test_two_clusters_that_do_not_say_who_they_are_are_two(
    stack: LocalStack, connect: Callable[[], Api], served: Answering
) -> None:
    served.answers[SYSTEM] = 404
    forget_another_cluster(stack, connect)
    assert forget_another_cluster(stack, connect) is True


def test_nothing_is_destroyed_on_a_cluster_that_the_stack_was_not_made_on(
    stack: LocalStack, connect: Callable[[], Api], served: Answering
) -> None:
    forget_another_cluster(stack, connect)
    require_own_cluster(stack, connect)
    served.answers[SYSTEM]["metadata"]["uid"] = "two"
    with pytest.raises(LocalError, match="made on another cluster than KUBECONFIG leads to now: choose that context"):
        require_own_cluster(stack, connect)
