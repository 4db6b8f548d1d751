"""The supervisor keeps real processes as planned: it starts, probes, restarts, replaces, adopts and ends them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.controlplane.processes import is_alive, wait_until
from ops.local import supervision
from ops.local.failure import LocalError
from ops.local.record import Condition, Running, read_status
from ops.local.spec import ExecCheck, HttpCheck, Plan, Probe, ProcessSpec, TcpCheck
from ops.local.state import State

DEADLINE = 20.0
SERVE = """
import http.server, pathlib, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if pathlib.Path(sys.argv[2] + self.path).exists() else 503)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
SLEEP = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path / "state")
    made.make()
    yield made
    supervision.end(made)


def python(name: str, program: str, *arguments: str, **rest: object) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        source="Test",
        command=(sys.executable, "-c", program, *arguments),
        environment={"PATH": "/usr/bin:/bin"},
        directory="/",
        grace_seconds=1,
    ).model_copy(update=rest)


def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server(name: str, directory: Path, **rest: object) -> ProcessSpec:
    number = port()
    directory.mkdir(exist_ok=True)
    ready = Probe(check=HttpCheck(port=number, path="/ready"), period=0.05, failure_threshold=2)
    return python(name, SERVE, str(number), str(directory), readiness=ready, ports={"http": number}, **rest)


def run(state: State, *specs: ProcessSpec) -> None:
    supervision.apply(state, Plan(processes=specs))


def ready(state: State, *specs: ProcessSpec) -> None:
    supervision.wait_ready(state, specs, DEADLINE, lambda _, __: None)


def seen(state: State, name: str) -> Running:
    status = read_status(state)
    found = status.named(name) if status else None
    assert found is not None
    return found


def until(condition: Callable[[], bool]) -> None:
    assert wait_until(condition, DEADLINE, pause=0.02)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]


def test_a_process_is_ready_when_its_probe_passes_and_not_before(state: State, tmp_path: Path) -> None:
    spec = server("web", tmp_path / "www")
    run(state, spec)
    until(lambda: seen(state, "web").condition is Condition.STARTING)
    (tmp_path / "www/ready").touch()
    ready(state, spec)
    (tmp_path / "www/ready").unlink()
    until(lambda: seen(state, "web").condition is Condition.UNREADY)
    assert seen(state, "web").restarts == 0


@pytest.mark.parametrize("kind", ["tcp", "exec"])
def test_every_kind_of_probe_is_executed(state: State, tmp_path: Path, kind: str) -> None:
    spec = server("web", tmp_path / "www")
    check = {
        "tcp": TcpCheck(port=spec.ports["http"]),
        "exec": ExecCheck(command=("sh", "-c", f'test "$FLAG" = on -a -e {tmp_path}/www/there')),
    }[kind]
    probe = Probe(check=check, period=0.05)
    spec = spec.model_copy(update={"readiness": probe, "environment": {"PATH": "/usr/bin:/bin", "FLAG": "on"}})
    run(state, spec)
    if kind == "exec":
        until(lambda: seen(state, "web").condition is Condition.STARTING)
        (tmp_path / "www/there").touch()
    ready(state, spec)


def test_what_ends_is_started_again(state: State) -> None:
    spec = python("sleeper", SLEEP)
    run(state, spec)
    ready(state, spec)
    before = seen(state, "sleeper")
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: seen(state, "sleeper").restarts == 1)
    assert seen(state, "sleeper").last_end == "was killed by signal 9"
    ready(state, spec)
    assert seen(state, "sleeper").pid != before.pid


def test_what_fails_its_liveness_probe_is_restarted(state: State, tmp_path: Path) -> None:
    directory = tmp_path / "www"
    spec = server("web", directory)
    alive_probe = Probe(check=HttpCheck(port=spec.ports["http"], path="/health"), period=0.05, failure_threshold=3)
    up = Probe(check=TcpCheck(port=spec.ports["http"]), period=1, failure_threshold=20)
    spec = spec.model_copy(update={"startup": up, "liveness": alive_probe})
    (directory / "ready").touch()
    (directory / "health").touch()
    run(state, spec)
    ready(state, spec)
    (directory / "health").unlink()
    until(lambda: seen(state, "web").restarts == 1)
    assert "failed its liveness probe 3 times" in seen(state, "web").last_end
    (directory / "health").touch()
    ready(state, spec)


def test_only_what_changed_is_started_anew(state: State) -> None:
    kept, changed, dropped = python("kept", SLEEP), python("changed", SLEEP, tier=2), python("dropped", SLEEP, tier=1)
    run(state, kept, changed, dropped)
    ready(state, kept, changed, dropped)
    before = {name: seen(state, name).pid for name in ("kept", "changed", "dropped")}
    newer = changed.model_copy(update={"files": "other"})
    added = python("added", SLEEP)
    run(state, kept, newer, added)
    ready(state, kept, newer, added)
    assert seen(state, "kept").pid == before["kept"]
    assert seen(state, "changed").pid != before["changed"]
    assert not alive(before["changed"])
    assert not alive(before["dropped"])


def test_the_end_leaves_no_process_not_even_a_deaf_one(state: State) -> None:
    deaf, sleeper = python("deaf", DEAF, tier=1), python("sleeper", SLEEP)
    run(state, deaf, sleeper)
    ready(state, deaf, sleeper)
    until(lambda: state.log("deaf").read_text() == "deaf\n")
    status = read_status(state)
    assert status is not None
    pids = [status.pid, *(each.pid for each in status.processes)]
    assert sorted(supervision.end(state)) == ["deaf", "sleeper", "supervisor"]
    assert not any(alive(pid) for pid in pids)
    assert supervision.end(state) == []


def test_a_killed_supervisor_is_replaced_by_one_that_adopts_what_runs(state: State) -> None:
    kept, ended = python("kept", SLEEP), python("ended", SLEEP)
    run(state, kept, ended)
    ready(state, kept, ended)
    status = read_status(state)
    assert status is not None
    os.kill(status.pid, signal.SIGKILL)
    until(lambda: not is_alive(status.record))
    os.kill(seen(state, "ended").pid, signal.SIGKILL)
    before = seen(state, "kept").pid
    run(state, kept, ended)
    ready(state, kept, ended)
    assert seen(state, "kept").pid == before
    os.kill(before, signal.SIGKILL)
    until(lambda: seen(state, "kept").restarts == 1)


def test_the_end_finds_what_a_killed_supervisor_left(state: State) -> None:
    spec = python("sleeper", SLEEP)
    run(state, spec)
    ready(state, spec)
    status = read_status(state)
    assert status is not None
    os.kill(status.pid, signal.SIGKILL)
    until(lambda: not is_alive(status.record))
    supervision.end(state)
    assert not alive(status.processes[0].pid)


def test_a_pid_that_now_belongs_to_somebody_else_is_left_alone(state: State) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", SLEEP])
    try:
        spec = python("sleeper", SLEEP)
        run(state, spec)
        ready(state, spec)
        stolen = seen(state, "sleeper").model_copy(update={"pid": bystander.pid})
        assert not stolen.is_alive
    finally:
        bystander.kill()
        bystander.wait()


def test_a_process_that_keeps_ending_is_given_up_with_its_last_words(state: State) -> None:
    never = Probe(check=TcpCheck(port=port()), period=0.05)
    spec = python("broken", "import sys; sys.exit('no such luck')", readiness=never)
    run(state, spec)
    began = time.monotonic()
    with pytest.raises(LocalError, match=r"broken ended with code 1 again and again.*no such luck"):
        ready(state, spec)
    assert time.monotonic() - began < DEADLINE


def test_a_program_that_cannot_be_started_is_told(state: State) -> None:
    spec = python("missing", SLEEP).model_copy(update={"command": ("/no/such/program",)})
    run(state, spec)
    with pytest.raises(LocalError, match="could not be started"):
        ready(state, spec)


def test_a_taken_port_is_refused_before_anything_is_started(state: State) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = int(taken.getsockname()[1])
        spec = python("web", SLEEP, ports={"http": number})
        with pytest.raises(LocalError, match=f"Port {number} .* needed by web, is taken .*MCP_PORT_OFFSET"):
            run(state, spec)
    assert read_status(state) is None


def test_a_second_supervisor_of_the_same_state_ends_at_once(state: State) -> None:
    spec = python("sleeper", SLEEP)
    run(state, spec)
    ready(state, spec)
    second = subprocess.run(
        [sys.executable, "-m", "ops.local.supervisor", str(state.directory)], timeout=DEADLINE, check=False
    )
    assert second.returncode == 1
    assert seen(state, "sleeper").is_alive
