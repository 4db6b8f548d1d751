"""Every secret is replaced, then a setting rolls the pods: clients with the former token notice neither."""

import httpx
import pytest

from contract import environment as env
from contract.names import DATABASE_NAME, ENGINE, Namespace
from ops.controlplane.api import Api
from ops.local.objects import secret_data
from ops.node.node import Node
from tests.node.asking import asked_all_the_time, engine_url
from tests.node.clone import Clone
from tests.node.containers import Process, main_process, processes
from tests.node.waiting import until
from tests.node.workflows import submit, wait_completed

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

GENERATION = 2
ARRIVAL_SECONDS = 90.0
"""Until a kubelet has brought a changed Secret to every pod; the node's looks every ten."""
AS_TENANT = "/api/v1/workflows"
"""Answered for an API key alone, from the database."""


def generated(cluster: Api) -> dict[tuple[str, str], bytes]:
    """Everything in a Secret of the platform that is long enough to be one."""
    return {
        (secret["metadata"]["name"], key): value
        for namespace in (Namespace.ORCHESTRATION, Namespace.CACHE)
        for secret in cluster.list("v1", "Secret", namespace)
        if secret["type"] == "Opaque"
        for key, value in secret_data(secret).items()
        if key != "username"
    }


def engines(cluster: Api) -> list[Process]:
    """Those that are not told to end; requests may have made them more than one."""
    pods = cluster.list("v1", "Pod", Namespace.ORCHESTRATION, f"app={ENGINE}")
    return [
        main_process(pod, "python -m app engine")
        for pod in pods
        if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
    ]


def test_secrets_are_replaced_and_nobody_is_refused(
    clone: Clone, cluster: Api, node: Node, engine: httpx.Client
) -> None:
    former, before = clone.state.token.read_text(encoding="utf-8"), generated(cluster)
    clone.settings(secretsGeneration=GENERATION)
    with asked_all_the_time(node, f"{engine_url(cluster)}{AS_TENANT}", former) as found:
        clone.up()
        wait_completed(engine, submit(engine))
        files = [each.path(env.MOUNT[env.DATABASE_API_URL_FILE]) for each in engines(cluster)]
        until(
            lambda: all(f"//api_{GENERATION}:" in file.read_text(encoding="utf-8") for file in files),
            ARRIVAL_SECONDS,
            "the engine's new login",
        )
        wait_completed(engine, submit(engine))
    assert found["failures"] == []
    assert int(str(found["requests"])) > 200
    after = generated(cluster)
    assert after.keys() == before.keys()
    assert [key for key, value in before.items() if after[key] == value] == []
    newest = clone.state.token.read_text(encoding="utf-8")
    assert newest != former
    for token in (former, newest):
        assert httpx.get(f"{clone.url}{AS_TENANT}", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_changed_setting_rolls_the_engine_which_connects_by_the_new_logins(
    clone: Clone, cluster: Api, node: Node, engine: httpx.Client
) -> None:
    former = engines(cluster)
    clone.settings(limits={"maxConcurrentWorkflows": 7})
    with asked_all_the_time(node, f"{engine_url(cluster)}{AS_TENANT}", engine.headers["Authorization"][7:]) as found:
        clone.up()
        until(lambda: not any(each.alive for each in former), 60, "the former engine is gone")
    assert found["failures"] == []
    assert engines(cluster)
    assert all("MAX_CONCURRENT_WORKFLOWS=7\0" in each.environment for each in engines(cluster))
    newest = {f"api_{GENERATION}", f"worker_{GENERATION}"}
    until(lambda: logins(cluster) == newest, 30, f"{newest} alone are connected")


def logins(cluster: Api) -> set[str]:
    """Who is connected to the application's database from outside its pods, by the titles of the servers' processes."""
    words = [
        each.command.split()
        for pod in cluster.list("v1", "Pod", Namespace.DATABASE)
        for each in processes(pod)
        if each.command.startswith("postgres:")
    ]
    return {title[2] for title in words if DATABASE_NAME in title and not title[4].startswith("[local]")}
