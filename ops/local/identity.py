"""Whether a stack's state tells of the cluster that is there: a cluster made anew has none of its objects."""

import secrets
from collections.abc import Callable
from typing import Final

from ops.controlplane.api import Api
from ops.local.stack import LocalStack

NOTE: Final = "cluster-uid"


def forget_another_cluster(stack: LocalStack, connect: Callable[[], Api]) -> bool:
    """Begin the stack anew where its state is another cluster's, and note whose it is now; whether it was another's."""
    api = connect()
    try:
        namespace = api.get("v1", "Namespace", "kube-system") or {}
    finally:
        api.close()
    identity = str(namespace.get("metadata", {}).get("uid", secrets.token_hex(8)))
    note = stack.directory / NOTE
    same = note.exists() and note.read_text(encoding="utf-8") == identity
    note.write_text(identity, encoding="utf-8")
    if not same:
        stack.forget()
    return not same
