"""One supervised process: started, probed, started again with growing pauses, ended politely and then for sure."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ops.controlplane.processes import start_time
from ops.local.launch import launch
from ops.local.probes import passes
from ops.local.record import Condition, Running
from ops.local.spec import Probe, ProcessSpec

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
"""Seconds before a process that ended is started again: doubled each time, from the first to the longest."""
STEADY_AFTER: Final = 60.0
"""A process that ran this long, seconds, begins again with the first pause."""
EAGER_PERIOD: Final = 0.1
"""Until a process is ready for the first time it is asked this often, seconds; the template's period comes after."""
LONGEST_GRACE: Final = 15.0
"""On this machine nobody waits longer for a process to end, whatever its template grants: steps are durable."""
ADOPTED_PERIOD: Final = 0.25


class Child:
    """A process of the plan, kept running until :meth:`end`."""

    def __init__(self, spec: ProcessSpec, log: Path, publish: Callable[[], None]) -> None:
        self.spec = spec
        self.running = Running(name=spec.name, revision=spec.revision)
        self._log = log
        self._publish = publish
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def begin(self, left: Running | None = None) -> None:
        """Keep the process running from now on; ``left`` is one that an earlier supervisor started."""
        if left is not None:
            self.running = left
        self._task = asyncio.create_task(self._keep())

    async def end(self) -> None:
        """Stop keeping it, then end it: politely, after the grace period by force."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await end_process(self.running, self.spec.stop_signal, min(self.spec.grace_seconds, LONGEST_GRACE))
        await self._reap()
        self._note(condition=Condition.STOPPED)

    @staticmethod
    async def end_left_over(running: Running) -> None:
        """End a process that no plan names any more."""
        await end_process(running, signal.SIGTERM, LONGEST_GRACE)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        if self.running.revision != self.spec.revision:
            await end_process(self.running, self.spec.stop_signal, min(self.spec.grace_seconds, LONGEST_GRACE))
        while True:
            began = time.monotonic()
            reason = await self._live()
            if time.monotonic() - began > STEADY_AFTER:
                pause = FIRST_PAUSE
            self._note(condition=Condition.WAITING, restarts=self.running.restarts + 1, last_end=reason)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _live(self) -> str:
        """One life of the process; why it ended."""
        if not self.running.is_alive:
            try:
                await self._start()
            except OSError as error:
                return f"could not be started: {error}"
        exited = asyncio.create_task(self._exited())
        ailing = asyncio.create_task(self._probe())
        try:
            await asyncio.wait({exited, ailing}, return_when=asyncio.FIRST_COMPLETED)
            if exited.done():
                return exited.result()
            await end_process(self.running, self.spec.stop_signal, min(self.spec.grace_seconds, LONGEST_GRACE))
            await exited
            return ailing.result()
        finally:
            for task in (exited, ailing):
                task.cancel()
            await asyncio.gather(exited, ailing, return_exceptions=True)

    async def _start(self) -> None:
        self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._log.open("ab") as output:
            process = await launch(self.spec, self.spec.command, output)
        self._process = process
        self._note(
            pid=process.pid,
            started=start_time(process.pid) or "",
            since=time.time(),
            revision=self.spec.revision,
            condition=Condition.STARTING,
        )

    async def _exited(self) -> str:
        if self._process is not None and self._process.pid == self.running.pid:
            code = await self._process.wait()
            return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        await gone(self.running, float("inf"), ADOPTED_PERIOD)
        return "ended"

    async def _reap(self) -> None:
        if self._process is not None:
            await self._process.wait()

    async def _probe(self) -> str:
        """Probe until the liveness probe has failed as often as the template allows; the reason."""
        began = time.monotonic()
        startup = self.spec.startup
        if startup is not None and not await self._starts(startup):
            return "did not pass its startup probe"
        readiness = asyncio.create_task(self._watch_readiness())
        try:
            liveness = self.spec.liveness
            if liveness is None:
                await asyncio.Event().wait()
                return ""
            await asyncio.sleep(max(0.0, liveness.initial_delay - (time.monotonic() - began)))
            failures = 0
            while failures < liveness.failure_threshold:
                failures = 0 if await passes(liveness, self.spec) else failures + 1
                if failures < liveness.failure_threshold:
                    await asyncio.sleep(liveness.period)
            return f"failed its liveness probe {failures} times"
        finally:
            readiness.cancel()
            await asyncio.gather(readiness, return_exceptions=True)

    async def _starts(self, startup: Probe) -> bool:
        deadline = time.monotonic() + startup.initial_delay + startup.period * startup.failure_threshold
        while time.monotonic() < deadline:
            if await passes(startup, self.spec):
                return True
            await asyncio.sleep(EAGER_PERIOD)
        return False

    async def _watch_readiness(self) -> None:
        probe = self.spec.readiness
        if probe is None:
            self._note(condition=Condition.READY)
            return
        good, bad = 0, 0
        while True:
            if await passes(probe, self.spec):
                good, bad = good + 1, 0
            else:
                good, bad = 0, bad + 1
            was_ready = self.running.condition is Condition.READY
            if good >= probe.success_threshold and not was_ready:
                self._note(condition=Condition.READY)
            elif was_ready and bad >= probe.failure_threshold:
                self._note(condition=Condition.UNREADY)
            starting = self.running.condition is Condition.STARTING
            await asyncio.sleep(EAGER_PERIOD if starting else probe.period)

    def _note(self, **changes: object) -> None:
        self.running = self.running.model_copy(update=changes)
        self._publish()


async def end_process(running: Running, number: int, grace: float) -> None:
    """Send ``number``; after ``grace`` seconds kill the whole session. Only exactly this process, never by name."""
    if not running.is_alive:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, number)
    if not await gone(running, grace):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        await gone(running, 5)


async def gone(running: Running, seconds: float, pause: float = 0.02) -> bool:
    """Wait until the process has ended, which need not be a child of ours; whether it did within ``seconds``."""
    end = time.monotonic() + seconds
    while running.is_alive:
        if time.monotonic() >= end:
            return False
        await asyncio.sleep(pause)
    return True
