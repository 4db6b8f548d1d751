"""`make outputs`: what `pulumi stack output --json` says of the local stack."""

from typing import Any

from ops.local.as_processes import idle_plane
from ops.local.clusters.choice import running_kind
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.stack import LocalStack
from ops.local.state import State
from ops.toolchain.plugins import plugins_for
from ops.toolchain.tools import ensure_tools


def outputs(state: State) -> dict[str, Any]:
    """Outputs of the stack. Raises :class:`LocalError` where it was never brought up."""
    kind = running_kind(state) or ClusterKind.PROCESSES
    directory = state.stack_on(kind)
    if not (directory / "passphrase").exists():
        raise LocalError("The local stack does not exist yet: run `make up` first.")
    tools = ensure_tools(lambda _: None)
    stack = LocalStack(directory, tools.pulumi, idle_plane(state).kubeconfig)
    return stack.outputs(plugins_for(tools, stack.home))
