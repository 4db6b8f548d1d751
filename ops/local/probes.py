"""Executes probes the way a kubelet does: HTTP, TCP, or a command in the process's environment."""

import asyncio
import contextlib
import signal

from ops.local.launch import launch
from ops.local.replacement import LOOPBACK
from ops.local.spec import ExecCheck, HttpCheck, Probe, ProcessSpec, TcpCheck


async def passes(probe: Probe, spec: ProcessSpec) -> bool:
    """Run one probe once; a refusal, a wrong answer and a time-out are all ``False``."""
    with contextlib.suppress(TimeoutError, OSError, ValueError, asyncio.IncompleteReadError):
        async with asyncio.timeout(probe.timeout):
            match probe.check:
                case HttpCheck() as check:
                    return 200 <= await _http_status(check) < 400
                case TcpCheck(port=port):
                    _, writer = await asyncio.open_connection(LOOPBACK, port)
                    await _close(writer)
                    return True
                case ExecCheck(command=command):
                    return await _exit_code(command, spec) == 0
    return False


async def _http_status(check: HttpCheck) -> int:
    reader, writer = await asyncio.open_connection(LOOPBACK, check.port)
    try:
        headers = {"Host": f"{LOOPBACK}:{check.port}", "User-Agent": "kube-probe/local", "Connection": "close"}
        lines = [f"{name}: {value}" for name, value in (headers | check.headers).items()]
        writer.write("\r\n".join([f"GET {check.path} HTTP/1.1", *lines, "", ""]).encode())
        await writer.drain()
        return int((await reader.readline()).split(b" ")[1])
    except IndexError:
        return 0
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _exit_code(command: tuple[str, ...], spec: ProcessSpec) -> int:
    process = await launch(spec, command)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()
