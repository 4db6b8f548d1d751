"""One real node, brought up once by a newcomer's `make up`, for every test here; in the end it is taken down.

Called by `make test-e2e` only. Needs what a node needs; elsewhere every test is skipped with the reason.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.controlplane.api import Api
from ops.node.host import obstacle
from ops.node.node import Node
from ops.toolchain.catalogue import KUBECTL
from ops.toolchain.tools import ensure_group
from tests.node.clone import Clone, copy_of_the_tree
from tests.node.machine import Machine, this_machine

ORDER = (
    *("test_up", "test_pods", "test_secrets", "test_monitoring"),
    *("test_killed", "test_cache", "test_database", "test_changes", "test_rotation", "test_drift", "test_end"),
)
"""Stations of one life, first to last."""
LATENCY = 0.3
"""Seconds of each answer of the offline model: a workflow takes about five, long enough to be hit in the middle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the stations in their order, and skip them with the reason where no node can run."""
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    here.sort(key=lambda item: ORDER.index(item.path.stem))
    items[:] = [item for item in items if item not in here] + here
    reason = obstacle() if here else None
    if reason is not None:
        for item in here:
            item.add_marker(pytest.mark.skip(reason=f"no node: {reason}"))


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The machine before anything was started."""
    return this_machine()


@pytest.fixture(scope="session")
def clone(before: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """The copy of the tree; whatever happens, nothing of it runs in the end."""
    directory = tmp_path_factory.mktemp("e2e")
    directory.chmod(0o755)
    made = copy_of_the_tree(directory)
    made.settings(llm={"offlineLatencySeconds": LATENCY}, cache={"replicas": 3})
    yield made
    made.make("down", "ARGS=--purge")


@pytest.fixture(scope="session")
def came_up(clone: Clone) -> str:
    """What the first `make up` printed."""
    return clone.up()


@pytest.fixture
def cluster(clone: Clone, came_up: str) -> Iterator[Api]:
    """A client with the administrator's rights."""
    api = Api.from_kubeconfig(clone.kubeconfig)
    yield api
    api.close()


@pytest.fixture
def engine(clone: Clone, came_up: str) -> Iterator[httpx.Client]:
    """The engine's API through its Service, with the first token; a refused connection is tried again."""
    token = clone.state.token.read_text(encoding="utf-8")
    with httpx.Client(
        base_url=clone.url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
        transport=httpx.HTTPTransport(retries=3),
    ) as client:
        yield client


@pytest.fixture
def node(clone: Clone, came_up: str) -> Node:
    """The node, to run something inside it."""
    return Node(clone.state.node, None, None, clone.ports.api_server)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[Any]:
    """Add to a failure what somebody would ask the cluster next."""
    report = yield
    clone = getattr(item, "funcargs", {}).get("clone")
    if report.failed and isinstance(clone, Clone) and clone.kubeconfig.exists():
        for title, text in diagnosis(clone):
            report.sections.append((title, text))
    return report


def diagnosis(clone: Clone) -> Iterator[tuple[str, str]]:
    """Pods, the latest events, and of pods that are not ready the description and the last lines of their logs."""
    kubectl = ensure_group([KUBECTL], print)[KUBECTL.name]

    def ask(*arguments: str) -> str:
        done = subprocess.run(
            [str(kubectl), "--kubeconfig", str(clone.kubeconfig), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr

    yield "pods", ask("get", "pods", "--all-namespaces", "-o", "wide")
    yield "events", "\n".join(ask("get", "events", "--all-namespaces", "--sort-by=.lastTimestamp").splitlines()[-40:])
    try:
        api = Api.from_kubeconfig(clone.kubeconfig, timeout=10)
        pods = api.list("v1", "Pod")
        api.close()
    except httpx.TransportError as error:
        yield "API server", repr(error)
        return
    for pod in pods:
        statuses = pod["status"].get("containerStatuses", [])
        if pod["status"]["phase"] == "Succeeded" or (statuses and all(each["ready"] for each in statuses)):
            continue
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        yield f"describe {name}", ask("describe", "pod", "-n", namespace, name)
        yield f"logs {name}", ask("logs", "-n", namespace, name, "--all-containers", "--tail=60", "--prefix")
