"""`make status`: what runs, whether it is ready, and on which ports."""

import json
from typing import Any

from ops.local import pod_status, process_status
from ops.local.clusters.choice import running_kind
from ops.local.clusters.kinds import ClusterKind
from ops.local.platform import CONNECTION
from ops.local.state import State


def status(state: State, *, as_json: bool) -> int:
    """Print it; 0 where everything is ready, 1 where something is not or nothing runs."""
    kind = running_kind(state) or ClusterKind.PROCESSES
    connection: dict[str, str] = json.loads(CONNECTION.read_text(encoding="utf-8")) if CONNECTION.exists() else {}
    part = process_status if kind is ClusterKind.PROCESSES else pod_status
    document: dict[str, Any] = {
        "cluster": kind,
        **part.report(state),
        "state_dir": str(state.directory),
        "http_url": connection.get("http_url"),
        "ws_url": connection.get("ws_url"),
    }
    if as_json:
        print(json.dumps(document, indent=2))
    else:
        print(part.table(document))
        if document["http_url"]:
            print(f"API {document['http_url']}   events {document['ws_url']}")
    return 0 if document["ready"] else 1
