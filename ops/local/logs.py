"""`make logs`: what processes or pods wrote, of one or of all, once or as it comes."""

import os

from ops.local import pod_logs, process_logs
from ops.local.clusters.choice import running_kind
from ops.local.clusters.kinds import ClusterKind
from ops.local.ports import port_plan
from ops.local.state import State


def logs(state: State, name: str | None, *, follow: bool) -> int:
    """Print the last lines of one log or of all, then new ones until interrupted. Raises :class:`LocalError`."""
    kind = running_kind(state) or ClusterKind.PROCESSES
    if kind is ClusterKind.PROCESSES:
        return process_logs.logs(state, name, follow=follow)
    return pod_logs.logs(state, kind, port_plan(os.environ), name, follow=follow)
