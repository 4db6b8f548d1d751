"""Whether a stack's state tells of the cluster that is there: a cluster made anew has none of its objects."""

import secrets
from collections.abc import Callable
from typing import Final

from ops.controlplane.api import Api
from ops.local.failure import LocalError
from ops.local.stack import LocalStack

NOTE: Final = "cluster-uid"


def forget_another_cluster(stack: LocalStack, connect: Callable[[], Api]) -> bool:
    """Begin the stack anew where its state is another cluster's, and note whose it is now; whether it was another's."""
    identity = _identity(connect)
    same = _noted(stack) == identity
    (stack.directory / NOTE).write_text(identity, encoding="utf-8")
    if not same:
        stack.forget()
    return not same


def require_own_cluster(stack: LocalStack, connect: Callable[[], Api]) -> None:
    """Refuse to touch a cluster that the stack was not made on. Raises :class:`LocalError`."""
    if _noted(stack) != _identity(connect):
        raise LocalError(
            "The stack was made on another cluster than KUBECONFIG leads to now: choose that context again "
            f"(or, to leave its objects there, remove {stack.directory}), then run the same command again."
        )


def _identity(connect: Callable[[], Api]) -> str:
    api = connect()
    try:
        namespace = api.get("v1", "Namespace", "kube-system") or {}
    finally:
        api.close()
    return str(namespace.get("metadata", {}).get("uid", secrets.token_hex(8)))


def _noted(stack: LocalStack) -> str | None:
    note = stack.directory / NOTE
    return note.read_text(encoding="utf-8") if note.exists() else None
