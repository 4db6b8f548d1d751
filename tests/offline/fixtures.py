"""Fixtures for tests on the real engine and API server: one control plane per session, shared by its workers."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.controlplane.__main__ import READY
from ops.controlplane.api import Api
from ops.controlplane.plane import ControlPlane
from ops.controlplane.processes import wait_until
from ops.controlplane.servers import Programs
from ops.toolchain.tools import Tools, ensure_tools
from tests.servers.session import guard, shared

ROOT = Path(__file__).parents[2]
START_SECONDS = 240.0
_RUN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from ops.controlplane.__main__ import main; sys.exit(main())"


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Pulumi's CLI and the control plane's programs; `python -m ops.toolchain` gets them beforehand."""
    return ensure_tools(print)


@pytest.fixture(scope="session")
def plane(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> ControlPlane:
    """The session's control plane with the operators' definitions; it ends with the session, however that ends."""

    def start() -> dict[str, str]:
        directory = Path(tempfile.mkdtemp(prefix="mcp-plane-"))
        guard(directory, signal.SIGTERM, os.getuid(), [sys.executable, "-c", _RUN, "run", str(directory / "plane")])
        if not wait_until((directory / "plane" / READY).exists, START_SECONDS):
            raise RuntimeError(f"the control plane did not start: {(directory / 'log').read_text()[-2000:]}")
        return {"directory": str(directory / "plane")}

    found = shared(tmp_path_factory.getbasetemp().parent, "plane", start)
    return ControlPlane(Path(found["directory"]), Programs(tools.etcd, tools.apiserver, tools.controller_manager))


@pytest.fixture(scope="session")
def cluster(plane: ControlPlane) -> Iterator[Api]:
    """A client with the administrator's rights."""
    api = plane.api()
    yield api
    api.close()
