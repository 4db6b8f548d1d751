"""`kill -9` of an engine and of an agent in mid-workflow: the pod comes back and the workflow is finished."""

from typing import Any

import httpx
import pytest

from contract.names import ENGINE, Namespace, agent_deployment
from ops.controlplane.api import Api
from tests.node.containers import main_process
from tests.node.waiting import until
from tests.node.workflows import submit, wait_completed, wait_for_turn

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]


def only_pod(cluster: Api, namespace: str, app: str) -> dict[str, Any]:
    pods = [
        pod for pod in cluster.list("v1", "Pod", namespace, f"app={app}") if "deletionTimestamp" not in pod["metadata"]
    ]
    assert pods
    return pods[0]


def restarts(cluster: Api, pod: dict[str, Any]) -> int:
    live = cluster.get("v1", "Pod", pod["metadata"]["name"], pod["metadata"]["namespace"])
    return int((live or pod)["status"]["containerStatuses"][0]["restartCount"])


@pytest.mark.parametrize(
    ("namespace", "app", "command", "step"),
    [
        (Namespace.ORCHESTRATION, ENGINE, "python -m app engine", "requirements"),
        (Namespace.AGENTS, agent_deployment("developer"), "python -m app agent", "implementation"),
    ],
)
def test_a_workflow_outlives_the_process_that_works_on_it(
    cluster: Api, engine: httpx.Client, namespace: str, app: str, command: str, step: str
) -> None:
    pod = only_pod(cluster, namespace, app)
    before = restarts(cluster, pod)
    workflow = submit(engine)
    wait_for_turn(engine, workflow, step)
    main_process(pod, command).kill()
    wait_completed(engine, workflow)
    until(lambda: restarts(cluster, pod) == before + 1, 60, f"{app} was started again")
