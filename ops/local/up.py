"""`make up`: the platform on this machine, on the best cluster there is; what is there already is left alone."""

import os

from ops.local import as_pods, as_processes
from ops.local.clusters.choice import choose, note_running, require_same
from ops.local.clusters.kinds import ClusterKind
from ops.local.ports import port_plan
from ops.local.state import State


def up(state: State) -> int:
    """Bring everything up and run a sample workflow; 0 when it completed. Raises the errors of each step."""
    ports = port_plan(os.environ)
    choice = choose()
    require_same(state, choice.kind)
    print(f"cluster: {choice.kind}, {choice.reason}", flush=True)
    if choice.kind is not ClusterKind.PROCESSES:
        as_pods.check_operators(state, choice.kind, ports)
    note_running(state, choice.kind)
    if choice.kind is ClusterKind.PROCESSES:
        return as_processes.up(state, ports)
    return as_pods.up(state, choice.kind, ports)
