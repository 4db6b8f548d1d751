"""`make down`: ends every process of this state, and only those."""

import os
import shutil

from ops.local import supervision
from ops.local.as_pods import destroy
from ops.local.as_processes import idle_plane
from ops.local.clusters.all_clusters import cluster
from ops.local.clusters.choice import note_running, running_kind
from ops.local.clusters.kinds import ClusterKind
from ops.local.platform import CONNECTION
from ops.local.ports import port_plan
from ops.local.progress import Steps
from ops.local.state import State
from ops.toolchain.tools import ensure_tools


def down(state: State, *, purge: bool) -> int:
    """End what runs; with ``purge`` also remove all data, and take the stack out of a cluster of the user's own."""
    names = end_pods(state, purge=purge) + end_processes(state)
    CONNECTION.unlink(missing_ok=True)
    note_running(state, None)
    print(f"ended: {', '.join(names)}" if names else "nothing was running")
    if purge:
        shutil.rmtree(state.directory, ignore_errors=True)
        print(f"removed {state.directory}")
    else:
        print(f"data is kept in {state.directory}")
    return 0


def end_pods(state: State, *, purge: bool) -> list[str]:
    """End the cluster that was brought up last, with ``purge`` every one that left something; names of what ran."""
    traces = {
        ClusterKind.NODE: state.node / "run",
        ClusterKind.KIND: state.directory / "kind.kubeconfig",
        ClusterKind.CONTEXT: state.stack_on(ClusterKind.CONTEXT) / "passphrase",
    }
    kind = running_kind(state)
    if kind is None and traces[ClusterKind.NODE].exists():
        kind = ClusterKind.NODE
    kinds = [each for each, trace in traces.items() if each is kind or (purge and trace.exists())]
    ports, names = port_plan(os.environ), list[str]()
    for each in kinds:
        if purge and each is ClusterKind.CONTEXT:
            with Steps(1).step("pulumi destroy") as step:
                destroy(state, each, ports, ensure_tools(step.say), step)
        running = cluster(each, state, ports)
        names.append(running.stop())
        if purge:
            running.wipe()
    return [name for name in names if name]


def end_processes(state: State) -> list[str]:
    """End the supervisor, its processes and the control plane; names of those that ran."""
    ended = supervision.end(state)
    plane = idle_plane(state)
    servers = [record.name for record in plane.processes()]
    plane.stop()
    return [*ended, *servers]
