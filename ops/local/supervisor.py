"""Stands in for the kubelet: runs the planned processes, probes them, starts again what ends. One per state directory.

``python -m ops.local.supervisor STATE`` reads ``run/plan.json`` at its start and at each SIGHUP, and ends everything
at SIGTERM. What it does is in ``run/status.json``. One that was killed leaves its processes running; the next one
adopts those that are still as planned.
"""

import asyncio
import fcntl
import os
import signal
import sys
from pathlib import Path

from ops.controlplane.processes import start_time
from ops.local.child import Child
from ops.local.record import Running, Status, plan_path, read_status, status_path
from ops.local.spec import Plan
from ops.local.state import State, write_private


class Supervisor:
    """Keeps the running processes as the plan has them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._children: dict[str, Child] = {}
        self._left: dict[str, Running] = {}
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()
        self._started = start_time(os.getpid()) or ""

    async def run(self) -> None:
        """Follow the plan until told to end; then end every process, the last tier first."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._changed.set)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        before = read_status(self._state)
        self._left = {each.name: each for each in before.processes if each.is_alive} if before else {}
        self._publish()
        self._changed.set()
        try:
            while not self._ending.is_set():
                await self._changed.wait()
                self._changed.clear()
                if not self._ending.is_set():
                    await self._follow(Plan.model_validate_json(plan_path(self._state).read_bytes()))
        finally:
            await self._stop(list(self._children))

    def _end(self) -> None:
        self._ending.set()
        self._changed.set()

    async def _follow(self, plan: Plan) -> None:
        wanted = {spec.name: spec for spec in plan.processes}
        for name in [name for name in self._left if name not in wanted]:
            await Child.end_left_over(self._left.pop(name))
        changed = [name for name, child in self._children.items() if wanted.get(name) != child.spec]
        await self._stop(changed)
        for name, spec in wanted.items():
            if name not in self._children:
                child = Child(spec, self._state.log(name), self._publish)
                self._children[name] = child
                child.begin(self._left.pop(name, None))
        self._publish()

    async def _stop(self, names: list[str]) -> None:
        children = [self._children[name] for name in names]
        for tier in sorted({child.spec.tier for child in children}, reverse=True):
            ending = [child for child in children if child.spec.tier == tier]
            await asyncio.gather(*(child.end() for child in ending))
            for child in ending:
                del self._children[child.spec.name]
            self._publish()

    def _publish(self) -> None:
        status = Status(
            pid=os.getpid(),
            started=self._started,
            processes=(*(child.running for child in self._children.values()), *self._left.values()),
        )
        write_private(status_path(self._state), status.model_dump_json(indent=1))


def main(directory: str) -> int:
    """Supervise until told to end. A second supervisor of the same state ends at once."""
    state = State(Path(directory))
    with (state.run / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 1
        asyncio.run(Supervisor(state).run())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
