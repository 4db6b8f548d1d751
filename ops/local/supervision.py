"""Commands' side of the supervisor: have it run, give it a plan, wait until processes are ready, end it."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.ports import require_free
from ops.controlplane.processes import Lifetime, is_alive, start, stop, tail, wait_until
from ops.local.failure import LocalError
from ops.local.record import Condition, Running, Status, plan_path, read_status, status_path
from ops.local.spec import Plan, ProcessSpec
from ops.local.state import State, write_private

START_DEADLINE = 30.0
END_DEADLINE = 60.0
HOPELESS = 3
"""A process that ended this often while it was waited for will not get ready by itself."""


def is_running(state: State) -> bool:
    """Whether the supervisor runs."""
    status = read_status(state)
    return status is not None and is_alive(status.record)


def current_plan(state: State) -> Plan:
    """The plan that the supervisor follows, or an empty one."""
    try:
        return Plan.model_validate_json(plan_path(state).read_bytes())
    except (FileNotFoundError, ValueError):
        return Plan()


def require_ports(state: State, plan: Plan) -> None:
    """Refuse a plan whose ports are taken by somebody else. Raises :class:`LocalError`."""
    status = read_status(state)
    ours = {each.name for each in status.processes if each.is_alive} if status else set[str]()
    held = {port for spec in current_plan(state).processes if spec.name in ours for port in spec.ports.values()}
    for spec in plan.processes:
        for port in set(spec.ports.values()) - held:
            try:
                require_free(port, spec.name)
            except ControlPlaneError as error:
                remedy = str(error).replace("choose another port.", "set MCP_PORT_OFFSET to move every port.")
                raise LocalError(remedy) from error


def apply(state: State, plan: Plan) -> None:
    """Give the plan to the supervisor, which is started if it does not run. Raises :class:`LocalError`."""
    require_ports(state, plan)
    write_private(plan_path(state), plan.model_dump_json(indent=1))
    status = read_status(state)
    if status is not None and is_alive(status.record):
        os.kill(status.pid, signal.SIGHUP)
        return
    command = [sys.executable, "-m", "ops.local.supervisor", str(state.directory)]
    supervisor = start("supervisor", command, state.log("supervisor"), Lifetime.DETACHED)

    def begun() -> bool:
        now = read_status(state)
        return not is_alive(supervisor) or (now is not None and now.pid == supervisor.pid)

    if not wait_until(begun, START_DEADLINE) or not is_alive(supervisor):
        stop([supervisor])
        raise LocalError(f"The supervisor did not start: {tail(state.log('supervisor'))}")


def wait_ready(
    state: State, specs: Sequence[ProcessSpec], deadline: float, progress: Callable[[int, int], None]
) -> None:
    """Wait until these processes run as specified and are ready.

    Raises :class:`LocalError` with the last words of one that keeps ending, or is not ready in time.
    """
    end = time.monotonic() + deadline
    before = {each.name: each.restarts for each in _processes(state)}
    while True:
        now = {each.name: each for each in _processes(state)}
        late = [spec for spec in specs if not _is_ready(now.get(spec.name), spec)]
        progress(len(specs) - len(late), len(specs))
        if not late:
            return
        if not is_running(state):
            raise LocalError(f"The supervisor has ended: {tail(state.log('supervisor'))}")
        for spec in late:
            running = now.get(spec.name)
            if running is not None and running.restarts - before.get(spec.name, 0) >= HOPELESS:
                raise LocalError(f"{spec.name} {running.last_end} again and again; {_last_words(state, spec)}")
        if time.monotonic() > end:
            raise LocalError(f"{late[0].name} was not ready within {deadline:.0f} s; {_last_words(state, late[0])}")
        time.sleep(0.05)


def end(state: State) -> list[str]:
    """End the supervisor and every recorded process; names of those that ran."""
    status = read_status(state)
    if status is None:
        return []
    ran = [each.name for each in status.processes if each.is_alive]
    if is_alive(status.record):
        ran.append("supervisor")
        os.kill(status.pid, signal.SIGTERM)
        if not wait_until(lambda: not is_alive(status.record), END_DEADLINE):
            stop([status.record], 5)
    left = read_status(state) or status
    stop([each.record for each in (*left.processes, *status.processes) if each.is_alive], 10)
    status_path(state).unlink(missing_ok=True)
    return ran


def statuses(state: State) -> Status | None:
    """The supervisor's last word, with processes that have ended since marked as such."""
    status = read_status(state)
    if status is None:
        return None
    processes = tuple(
        each if each.is_alive else each.model_copy(update={"condition": Condition.STOPPED}) for each in status.processes
    )
    return status.model_copy(update={"processes": processes})


def _processes(state: State) -> tuple[Running, ...]:
    status = read_status(state)
    return status.processes if status else ()


def _is_ready(running: Running | None, spec: ProcessSpec) -> bool:
    return (
        running is not None
        and running.revision == spec.revision
        and running.condition is Condition.READY
        and running.is_alive
    )


def _last_words(state: State, spec: ProcessSpec) -> str:
    return f"its log {state.log(spec.name)} ends with: {tail(state.log(spec.name)) or 'nothing'}"
