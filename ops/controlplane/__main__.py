"""``python -m ops.controlplane start|stop|status|run DIRECTORY``: a control plane by hand.

``run`` stays in the foreground and ends its servers when it is told to end, or when its parent is gone.
"""

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.operators import operator_crds
from ops.controlplane.plane import ControlPlane, Report
from ops.controlplane.processes import Lifetime
from ops.controlplane.servers import Programs
from ops.toolchain.failure import ToolchainError
from ops.toolchain.tools import ensure_tools

READY = "ready"
"""File in the directory while ``run`` serves."""


def main() -> int:
    """Parse the command line and do it; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m ops.controlplane", description=__doc__)
    parser.add_argument("action", choices=("start", "stop", "status", "run"))
    parser.add_argument("directory", type=Path)
    parser.add_argument("--api-port", type=int, help="port of the API server; a free one where left out")
    arguments = parser.parse_args()
    began = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {line}", file=sys.stderr, flush=True)

    try:
        tools = ensure_tools(report)
        plane = ControlPlane(
            arguments.directory,
            Programs(tools.etcd, tools.apiserver, tools.controller_manager),
            api_port=arguments.api_port,
            lifetime=Lifetime.PARENT if arguments.action == "run" else Lifetime.DETACHED,
            durable=arguments.action != "run",
            crds=lambda: operator_crds(report),
        )
        match arguments.action:
            case "start":
                plane.start(report)
                print(plane.kubeconfig)
            case "stop":
                plane.stop()
            case "status":
                health = plane.health()
                print("ready" if health.healthy else "not ready")
                return 0 if health.healthy else 1
            case _:
                _run(plane, report)
    except (ControlPlaneError, ToolchainError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _run(plane: ControlPlane, report: Report) -> None:
    over = threading.Event()

    def end(_number: int, _frame: object) -> None:
        over.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    plane.start(report)
    (plane.directory / READY).touch()
    parent = os.getppid()
    while not over.wait(1.0) and os.getppid() == parent:
        pass
    (plane.directory / READY).unlink(missing_ok=True)
    plane.stop()


if __name__ == "__main__":
    sys.exit(main())
