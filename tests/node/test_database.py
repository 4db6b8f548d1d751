"""The primary of the database dies in mid-workflow: what was acknowledged is there, and everything is finished."""

import threading
import time
import uuid
from typing import Any

import httpx
import pytest

from contract.names import DATABASE_CLUSTER, Namespace
from ops.controlplane.api import Api
from tests.node.containers import main_process
from tests.node.waiting import until
from tests.node.workflows import BODY, submit, wait_completed, wait_for_turn

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

PAUSE = 0.25
CONTINUE_SECONDS = 3.0
FAILOVER_SECONDS = 90.0


def database(cluster: Api) -> dict[str, Any]:
    found = cluster.get("postgresql.cnpg.io/v1", "Cluster", DATABASE_CLUSTER, Namespace.DATABASE)
    assert found is not None
    return found


def healthy(cluster: Api) -> bool:
    status = database(cluster)["status"]
    return status.get("readyInstances") == 3 and status["currentPrimary"] == status["targetPrimary"]


class Submitter(threading.Thread):
    """Submits workflows one after the other, and keeps what was acknowledged, and when."""

    def __init__(self, engine: httpx.Client) -> None:
        super().__init__(daemon=True)
        self._engine = engine
        self.over = threading.Event()
        self.acknowledged: list[tuple[float, str]] = []

    def run(self) -> None:
        while not self.over.wait(PAUSE):
            try:
                answer = self._engine.post(
                    "/api/v1/workflows", json=BODY, headers={"Idempotency-Key": uuid.uuid4().hex}, timeout=5
                )
            except httpx.TransportError:
                continue
            if answer.status_code in (200, 201, 202):
                self.acknowledged.append((time.monotonic(), str(answer.json()["id"])))


def test_a_killed_primary_loses_no_acknowledged_write(cluster: Api, engine: httpx.Client) -> None:
    until(lambda: healthy(cluster), 120, "three healthy instances")
    former = database(cluster)["status"]["currentPrimary"]
    pod = cluster.get("v1", "Pod", former, Namespace.DATABASE)
    assert pod is not None
    running = submit(engine)
    wait_for_turn(engine, running)
    submitter = Submitter(engine)
    submitter.start()
    until(lambda: len(submitter.acknowledged) >= 3, 30, "three acknowledged writes")
    main_process(pod, "/controller/manager instance run").kill()
    killed = time.monotonic()
    cluster.delete("v1", "Pod", former, Namespace.DATABASE)
    until(lambda: database(cluster)["status"]["currentPrimary"] != former, FAILOVER_SECONDS, "another primary")
    promoted = time.monotonic()
    until(lambda: submitter.acknowledged[-1][0] > promoted, FAILOVER_SECONDS, "an acknowledged write after it")
    time.sleep(CONTINUE_SECONDS)
    submitter.over.set()
    submitter.join(10)
    wait_completed(engine, running)
    for _, workflow in submitter.acknowledged:
        wait_completed(engine, workflow, seconds=240)
    assert max(at for at, _ in submitter.acknowledged) > killed
    until(lambda: healthy(cluster), 180, "three healthy instances again")
