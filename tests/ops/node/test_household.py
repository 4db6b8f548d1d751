"""The first process looks after its servers. It runs here in a process of its own, without root and namespaces.

There it cannot reach anybody else: signals that it sends go to its own servers only, whatever it asks for.
"""

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from ops.node.node import INIT

SECONDS = 20
PRELUDE = """
import ctypes, json, os, pathlib, signal, sys, time
sys.path.insert(0, sys.argv[1])
import init
from init import Household, Need, Server, Spec
SUBREAPER = 36
ctypes.CDLL(None).prctl(SUBREAPER, 1)  # as a first process, it becomes the parent of orphans
here, real_kill, asked = pathlib.Path(sys.argv[2]), os.kill, []
def kill(pid, number):
    asked.append((pid, int(number)))
    for each in house.running.values() if pid == -1 else ():
        real_kill(each, number)
os.kill = kill
def until(holds):
    end = time.monotonic() + 10
    while not holds():
        if time.monotonic() > end:
            sys.exit("it did not come to that")
        time.sleep(0.005)
def ended(name):
    stat = pathlib.Path(f"/proc/{house.running[name]}/stat")
    return lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z"
def household(*servers, socket="/nowhere"):
    global house
    paths = dict(directory="", runtime="", hostname="", address="", gateway="", cgroup="", api="")
    house = Household(Spec(inside=str(here), socket=socket, servers=list(servers), **paths))
    house._asks_api = lambda: False
    return house
def told():
    return json.loads((here / "run" / "servers.json").read_text())
def children():
    return pathlib.Path("/proc/thread-self/children").read_text().split()
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A node's directory."""
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    return tmp_path


def alone(directory: Path, body: str) -> Any:
    """Run ``body`` in a process of its own; what it printed, as JSON."""
    program = PRELUDE + textwrap.dedent(body)
    command = [sys.executable, "-I", "-c", program, str(INIT.parent), str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_needs_the_api_server_is_not_started_before_that_is_ready(directory: Path) -> None:
    found = alone(
        directory,
        """
        server = Server("scheduler", ["true"], Need.API)
        house = household(server)
        before = house._may_start(server), house._may_start(Server("etcd", ["true"]))
        house._asks_api = lambda: True
        print(json.dumps([*before, house._may_start(server)]))
        """,
    )
    assert found == [False, True, True]


def test_the_kubelet_waits_for_containerd_too_and_the_api_server_is_asked_no_more_once_it_was_ready(
    directory: Path,
) -> None:
    found = alone(
        directory,
        """
        socket, questions = here / "socket", []
        kubelet = Server("kubelet", ["true"], Need.RUNTIME_AND_API)
        house = household(kubelet, socket=str(socket))
        house._asks_api = lambda: not questions.append(1)
        before = house._may_start(kubelet), len(questions)
        socket.touch()
        print(json.dumps([*before, house._may_start(kubelet), house._may_start(kubelet), len(questions)]))
        """,
    )
    assert found == [False, 0, True, True, 1]


def test_an_api_server_that_does_not_answer_is_not_ready(directory: Path) -> None:
    """The real question, to a port where nothing listens, with certificates as a node has them."""
    from ops.controlplane.certificates import ensure_certificates
    from ops.controlplane.ports import free_ports

    ensure_certificates(directory / "certificates")
    (port,) = free_ports(1)
    found = alone(
        directory,
        f"""
        house = household()
        house.spec.api = "https://127.0.0.1:{port}"
        print(json.dumps(Household._asks_api(house)))
        """,
    )
    assert found is False


def test_a_server_that_ended_is_started_again_but_only_after_a_pause(directory: Path) -> None:
    found = alone(
        directory,
        """
        server = Server("etcd", ["true"])
        house = household(server)
        house._start(server)
        until(ended("etcd"))
        house._reap()
        at_once = house._may_start(server)
        house.ended["etcd"] -= init.BACKOFF_SECONDS
        print(json.dumps([at_once, house._may_start(server), told()]))
        """,
    )
    assert found == [False, True, {"etcd": {"running": False, "restarts": 0}}]


def test_restarts_are_counted_and_what_servers_say_is_kept(directory: Path) -> None:
    found = alone(
        directory,
        """
        server = Server("etcd", ["sh", "-c", "echo out; echo err >&2"])
        house = household(server)
        for _ in range(3):
            house._start(server)
            until(ended("etcd"))
            house._reap()
        house._start(Server("kubelet", ["sleep", "60"]))
        print(json.dumps(told()))
        kill(-1, signal.SIGKILL)
        """,
    )
    assert found == {"etcd": {"running": False, "restarts": 2}, "kubelet": {"running": True, "restarts": 0}}
    assert (directory / "logs/etcd.log").read_text() == "out\nerr\n" * 3


def test_a_server_that_ends_while_another_is_started_is_noticed(directory: Path) -> None:
    """Whoever starts processes must not collect those that ended on the quiet: they would be down for good."""
    found = alone(
        directory,
        """
        house = household()
        house._start(Server("etcd", ["true"]))
        until(ended("etcd"))
        house._start(Server("containerd", ["sleep", "60"]))
        house._reap()
        print(json.dumps(told()))
        kill(-1, signal.SIGKILL)
        """,
    )
    assert found["etcd"]["running"] is False
    assert found["containerd"]["running"] is True


def test_orphans_of_containers_are_collected_and_taken_for_no_server(directory: Path) -> None:
    found = alone(
        directory,
        """
        house = household()
        house._start(Server("containerd", ["sh", "-c", "sleep 0 & sleep 0 & exec sleep 60"]))
        house._start(Server("shim", ["sh", "-c", "(sleep 0.05 & exec true)"]))
        until(lambda: house._reap() or len(children()) == 1)
        print(json.dumps([told(), sorted(house.running)]))
        kill(-1, signal.SIGKILL)
        """,
    )
    assert found == [
        {"containerd": {"running": True, "restarts": 0}, "shim": {"running": False, "restarts": 0}},
        ["containerd"],
    ]


def test_told_to_end_it_asks_everything_to_end_and_is_gone_when_the_last_has_ended(directory: Path) -> None:
    found = alone(
        directory,
        """
        polite = "trap 'exit 0' TERM; touch ready-$0; while :; do sleep 0.02; done"
        os.chdir(here)
        house = household(*(Server(name, ["sh", "-c", f"cd {here}; {polite}", name]) for name in ("one", "two")))
        house.spec.servers.append(Server("never", ["true"], Need.API))
        reap = house._reap
        def reap_and_watch():
            reap()
            if all((here / f"ready-{name}").exists() for name in ("one", "two")):
                real_kill(os.getpid(), signal.SIGTERM)
        house._reap = reap_and_watch
        began = time.monotonic()
        code = house.keep()
        print(json.dumps([code, asked, children(), time.monotonic() - began < init.GRACE_SECONDS, sorted(told())]))
        """,
    )
    assert found == [0, [[-1, 15]], [], True, ["one", "two"]]


def test_one_that_does_not_end_when_asked_does_not_hold_it_up(directory: Path) -> None:
    found = alone(
        directory,
        """
        init.GRACE_SECONDS = 0.2
        house = household()
        stubborn = f"trap '' TERM; touch {here}/ready; while :; do sleep 0.05; done"
        house._start(Server("stubborn", ["sh", "-c", stubborn]))
        until((here / "ready").exists)
        house._end_everything()
        print(json.dumps(len(children())))
        kill(-1, signal.SIGKILL)
        """,
    )
    assert found == 1
