"""The kinds of clusters; the values are those of ``CLUSTER``."""

from enum import StrEnum


class ClusterKind(StrEnum):
    """What the local platform runs on."""

    NODE = "node"
    """A real node on this machine, without Docker."""
    KIND = "kind"
    """A node in a Docker container, by the program of that name."""
    CONTEXT = "context"
    """A cluster of the user's own: the current context of KUBECONFIG."""
    PROCESSES = "processes"
    """No node at all: the pods' commands run as processes beside a control plane."""
