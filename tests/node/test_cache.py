"""The master of the cache is lost: the Sentinels choose another, the Service leads there, and no client is refused."""

import re

import pytest
from redis import Redis
from redis.exceptions import RedisError

from contract.names import CACHE, Namespace, Port, SecretName
from ops.controlplane.api import Api
from ops.local.objects import secret_data
from ops.node.node import Node
from tests.node.asking import asked_all_the_time, engine_url
from tests.node.clone import Clone
from tests.node.waiting import until

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

SERVERS = {f"{CACHE}-{number}" for number in range(3)}
FAILOVER_SECONDS = 60.0
"""About fifteen on idle cores; then the lost pod is made anew."""


def test_a_lost_master_is_replaced_and_clients_are_served_meanwhile(clone: Clone, cluster: Api, node: Node) -> None:
    secret = cluster.get("v1", "Secret", SecretName.CACHE, Namespace.ORCHESTRATION)
    assert secret is not None
    password = secret_data(secret)["password"].decode()

    def followers() -> set[str]:
        """Pods that follow the server to which the Service leads; nobody where it does not answer."""
        try:
            with Redis(port=clone.ports.moved(Port.CACHE), password=password, socket_timeout=2) as cache:
                cache.set("e2e", "written", ex=60)
                return set(re.findall(rf"{CACHE}-\d", str(cache.info("replication"))))
        except RedisError:
            return set()

    until(lambda: len(followers()) == 2, FAILOVER_SECONDS, "a master and two that follow")
    (former,) = SERVERS - followers()
    token = clone.state.token.read_text(encoding="utf-8")
    with asked_all_the_time(node, f"{engine_url(cluster)}/api/v1/workflows", token) as found:
        path = cluster.kind("v1", "Pod").path(Namespace.CACHE, former)
        cluster.request("DELETE", path, {"gracePeriodSeconds": 0})
        until(lambda: former in followers(), FAILOVER_SECONDS, "the former master follows another")
    assert found["failures"] == []
    assert len(followers()) == 2
