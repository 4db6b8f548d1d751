"""Runs a Job once: what a Job controller and a kubelet would do with its pod."""

import asyncio
import contextlib
import json
import os
import signal
import time
from pathlib import Path

from ops.controlplane.processes import tail
from ops.local.failure import LocalError
from ops.local.launch import launch
from ops.local.spec import ProcessSpec

DEFAULT_DEADLINE = 600.0


class JobBook:
    """Which Jobs have completed. It lies in the data directory of the database, since it tells of that data."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, spec: ProcessSpec) -> bool:
        """Whether this Job, with this command, these files and this code, has completed."""
        return self._read().get(spec.name) == spec.revision

    def add(self, spec: ProcessSpec) -> None:
        """Record that it has."""
        self._path.write_text(json.dumps(self._read() | {spec.name: spec.revision}), encoding="utf-8")

    def _read(self) -> dict[str, str]:
        try:
            return json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}


def run_job(spec: ProcessSpec, log: Path, retries: int, deadline: float | None) -> None:
    """Run until it succeeds. Raises :class:`LocalError` when retries or time are used up; leaves no process then."""
    asyncio.run(_run(spec, log, retries, deadline or DEFAULT_DEADLINE))


async def _run(spec: ProcessSpec, log: Path, retries: int, deadline: float) -> None:
    end = time.monotonic() + deadline
    pause = 0.5
    for attempt in range(retries + 1):
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + end - time.monotonic()):
                if await _once(spec, log) == 0:
                    return
                if attempt < retries:
                    await asyncio.sleep(pause)
                    pause *= 2
        except TimeoutError:
            raise LocalError(f"{spec.source} did not complete within {deadline:.0f} s; see {log}.") from None
    raise LocalError(f"{spec.source} failed {retries + 1} times; its log {log} ends with: {tail(log)}")


async def _once(spec: ProcessSpec, log: Path) -> int:
    with log.open("ab") as output:
        process = await launch(spec, spec.command, output)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
