"""`make down`: ends every process of this state, and only those."""

import shutil

from ops.local import supervision
from ops.local.platform import CONNECTION
from ops.local.state import State
from ops.local.up import idle_plane


def down(state: State, *, purge: bool) -> int:
    """End the supervisor, its processes and the control plane; with ``purge`` also remove all data."""
    ended = supervision.end(state)
    plane = idle_plane(state)
    servers = [record.name for record in plane.processes()]
    plane.stop()
    CONNECTION.unlink(missing_ok=True)
    names = [*ended, *servers]
    print(f"ended: {', '.join(names)}" if names else "nothing was running")
    if purge:
        shutil.rmtree(state.directory, ignore_errors=True)
        print(f"removed {state.directory}")
    else:
        print(f"data is kept in {state.directory}")
    return 0
