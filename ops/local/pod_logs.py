"""Logs of pods by the beginning of their names, through the API server; the node's own servers' from their files."""

import re
import time

import httpx

from ops.controlplane.api import Api, Json
from ops.local import process_logs
from ops.local.clusters.all_clusters import cluster
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.ports import PortPlan
from ops.local.process_logs import INTERVAL, LINES
from ops.local.state import State


def logs(state: State, kind: ClusterKind, ports: PortPlan, name: str | None, *, follow: bool) -> int:
    """Print them. Raises :class:`LocalError` where no pod and no server has a name that begins so."""
    api = Api.from_kubeconfig(cluster(kind, state, ports).kubeconfig)
    try:
        tails: dict[str, PodTail] = {}
        while True:
            for pod in matching(api.list("v1", "Pod"), name):
                for container in pod["spec"]["containers"]:
                    label = f"{pod['metadata']['name']}/{container['name']}"
                    tails.setdefault(label, PodTail(api, pod, container["name"]))
            if not tails:
                return _servers(state, name, follow=follow)
            for label, tail in tails.items():
                for line in tail.new():
                    print(f"{label} | {line}" if len(tails) > 1 else line, flush=True)
            if not follow:
                return 0
            time.sleep(INTERVAL)
    finally:
        api.close()


def matching(pods: list[Json], name: str | None) -> list[Json]:
    """Pods whose names begin with ``name``; all where none is given."""
    return [each for each in pods if name is None or each["metadata"]["name"].startswith(name)]


class PodTail:
    """What a container writes, from its last lines on."""

    def __init__(self, api: Api, pod: Json, container: str) -> None:
        self._api = api
        self._path = api.path_of({"apiVersion": "v1", "kind": "Pod", **pod}) + "/log"
        self._container = container
        self._since = ""
        """Time of the last line that was given, as the API server writes it."""

    def new(self) -> list[str]:
        """Lines that were not given before."""
        query = {"container": self._container, "timestamps": "true"}
        query |= {"sinceTime": _whole_seconds(self._since)} if self._since else {"tailLines": str(LINES)}
        try:
            text = self._api.text(self._path, query)
        except httpx.HTTPError:
            return []
        lines = [line.partition(" ") for line in text.splitlines()]
        fresh = [(stamp, content) for stamp, _, content in lines if stamp > self._since]
        if fresh:
            self._since = fresh[-1][0]
        return [content for _, content in fresh]


def _whole_seconds(stamp: str) -> str:
    """A time as the API server takes it; it keeps its zone, which is the node's."""
    return re.sub(r"\.\d+", "", stamp)


def _servers(state: State, name: str | None, *, follow: bool) -> int:
    if not (state.node / "logs").is_dir():
        raise LocalError(f"There is no pod whose name begins with {name}: `make status` lists them.")
    return process_logs.logs(state, name, follow=follow)
