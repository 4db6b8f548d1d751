"""Runs one server for as long as a given process lives, then stops it and removes its directory.

``python guardian.py WATCHED_PID DIRECTORY SIGNAL UID COMMAND…``: however the test session ends, even by
``kill -9``, no server outlives it.
"""

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

STOP_SECONDS = 10


def main(watched: int, directory: Path, signal: int, uid: int, command: list[str]) -> int:
    """Serve until ``watched`` ends or the server does; returns the server's exit code."""
    log = (directory / "log").open("ab")
    identity = {"user": uid, "group": uid, "extra_groups": []} if os.geteuid() == 0 else {}
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory, **identity)
    try:
        ends = [os.pidfd_open(watched), os.pidfd_open(server.pid)]
        select.select(ends, [], [])
    except ProcessLookupError:
        pass  # the session is gone already
    server.send_signal(signal)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    shutil.rmtree(directory, ignore_errors=True)
    return server.returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]))
