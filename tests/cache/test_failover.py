"""One master at a time, whatever is killed: real servers, Sentinels and HAProxy with the rendered settings."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError

from infra.cache import scripts
from tests.cache.cluster import PASSWORD, Cluster, Pod, client, until

pytestmark = pytest.mark.servers
FAILOVER_SECONDS = 15.0
"""Three to see the loss, some for the vote and the proxy's checks; a busy machine takes longer."""


def test_the_first_pod_begins_as_the_master(cluster: Cluster) -> None:
    assert cluster.master().ordinal == 0


def test_a_wrong_password_is_refused(cluster: Cluster, master: Pod) -> None:
    member = master.member
    for host, port in (
        (member.host, member.port),
        (member.host, member.sentinel_port),
        ("127.0.0.1", cluster.port),
    ):
        for password in ("wrong", ""):
            with client(host, port, password) as refused, pytest.raises(AuthenticationError):
                refused.ping()


def test_the_password_is_on_no_command_line_and_in_no_log(cluster: Cluster, master: Pod) -> None:
    assert master.server is not None
    assert b"valkey-server" in Path(f"/proc/{master.server.pid}/cmdline").read_bytes()
    for process in (*cluster.processes, *(each for pod in cluster.pods for each in (pod.server, pod.sentinel) if each)):
        for file in ("cmdline", "environ"):
            assert PASSWORD.encode() not in Path(f"/proc/{process.pid}/{file}").read_bytes()
    for log in (master.home.parent / "proxy.log", *(pod.home / "log" for pod in cluster.pods)):
        assert PASSWORD not in log.read_text(errors="replace")


def test_a_full_memory_evicts_and_does_not_refuse(cluster: Cluster, master: Pod) -> None:
    with cluster.through_proxy() as cache, master.ask() as server:
        for number in range(800):
            assert cache.set(f"large-{number}", b"x" * 100_000)
        assert cache.get("large-799") is not None
        assert server.info("stats")["evicted_keys"] > 100
        cache.flushall()


def test_a_lost_master_is_replaced_and_the_proxy_follows(cluster: Cluster, master: Pod) -> None:
    master.kill()
    begun = time.monotonic()
    until("a write through the proxy", cluster.writes, FAILOVER_SECONDS)
    print(f"a write succeeds {time.monotonic() - begun:.1f} s after the master and its Sentinel were killed")
    master.start()
    assert cluster.master() is not master
    assert master.role() == "slave"


def test_a_cut_off_master_that_comes_back_gets_no_write(cluster: Cluster, master: Pod) -> None:
    """Frozen and thawed, it still believes that it is the master until a Sentinel tells it."""
    assert master.server is not None
    assert master.sentinel is not None
    with socket.create_connection(("127.0.0.1", cluster.port), timeout=FAILOVER_SECONDS) as before:
        for process in (master.server, master.sentinel):
            os.kill(process.pid, signal.SIGSTOP)
        until("a write through the proxy", lambda: cluster.writes("after"), FAILOVER_SECONDS)
        for process in (master.server, master.sentinel):
            os.kill(process.pid, signal.SIGCONT)
        until("the old master answers", lambda: master.role() == "master")
        deadline = time.monotonic() + 3
        written = 0
        while master.role() == "master" and time.monotonic() < deadline:
            written += cluster.writes(f"during-{written}")
        assert before.recv(1) == b"", "a connection to the old master outlives it"
    assert master.run(scripts.AGREE) == 0
    assert master.role() == "slave"
    cluster.master()
    with cluster.through_proxy() as cache:
        assert written > 10
        assert [number for number in range(written) if not cache.exists(f"during-{number}")] == []


def test_a_master_that_is_stopped_hands_over_first(cluster: Cluster, master: Pod) -> None:
    begun = time.monotonic()
    assert master.run(scripts.LEAVE) == 0
    handed_over = time.monotonic() - begun
    master.kill()
    until("a write through the proxy", cluster.writes)
    print(f"handed over in {handed_over:.1f} s, written through the proxy after {time.monotonic() - begun:.1f} s")
    assert handed_over < scripts.LEAVE_SECONDS / 2
    assert time.monotonic() - begun < scripts.LEAVE_SECONDS


def test_a_sentinel_goes_after_its_server(cluster: Cluster, master: Pod) -> None:
    assert master.run(scripts.AGREE) == 0
    begun = time.monotonic()
    master.kill_server()
    assert master.run(scripts.LINGER) == 0
    assert time.monotonic() - begun < 1
    master.start_server()  # before the Sentinels notice: it begins empty and is the master still
    assert cluster.master() is master


def test_a_second_master_becomes_a_replica(cluster: Cluster, master: Pod) -> None:
    other = next(pod for pod in cluster.pods if pod is not master)
    with other.ask() as server:
        server.replicaof("NO", "ONE")
    assert other.role() == "master"
    assert other.run(scripts.AGREE) == 0
    assert other.role() == "slave"
    assert cluster.master() is master


def test_a_sentinel_that_watches_another_master_is_not_alive_and_finds_the_master_again(
    cluster: Cluster, master: Pod
) -> None:
    other = next(pod for pod in cluster.pods if pod is not master)
    with other.ask_sentinel() as sentinel:
        sentinel.sentinel_remove("redis-cluster")
        sentinel.sentinel_monitor("redis-cluster", other.member.host, other.member.port, 2)
    assert other.run(scripts.AGREE) != 0
    other.kill_sentinel()
    other.start()
    until("it agrees", lambda: other.run(scripts.AGREE) == 0)
    assert other.watched().split()[0] == master.member.host


def test_losing_everything_is_survived_even_without_the_first_pod(cluster: Cluster, master: Pod) -> None:
    for pod in cluster.pods:
        pod.kill()
    assert not cluster.writes()
    cluster.start(first=1)
    until("a write through the proxy", cluster.writes)
    cluster.pods[0].start()
    until("the first pod follows", lambda: cluster.pods[0].role() == "slave")
    assert [pod.role() for pod in cluster.pods] == ["slave", "master", "slave"]
