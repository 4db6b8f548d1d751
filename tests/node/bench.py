"""`make bench-e2e`: how fast a node, the platform on it, a failover and a rollout are; one line of JSON at the end.

``python -m tests.node.bench [--kills N] [--rounds N]``. Everything is measured on a node of its own, from nothing;
`kubectl apply` of the same objects runs on the same node.
"""

import argparse
import asyncio
import base64
import itertools
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from contract.names import DATABASE_CLUSTER, ENGINE, ENGINE_SERVICE, Namespace, SecretName
from ops.controlplane.api import MERGE, Api
from ops.node.host import obstacle
from ops.node.node import Node
from ops.toolchain.catalogue import KUBECTL
from ops.toolchain.tools import ensure_group
from tests.node.asking import asked_all_the_time
from tests.node.clone import Clone, copy_of_the_tree
from tests.node.containers import main_process
from tests.node.waiting import until
from tests.node.writer import Writer, lost

PLATFORM = (Namespace.ORCHESTRATION, Namespace.AGENTS)
CLUSTER_WIDE = ("Namespace", "ClusterIssuer")
LONG = 300.0
STEP = re.compile(r"^\[\d/\d\] (?P<name>[a-z ]+?)\s{2,}.*?(?P<seconds>[\d.]+) s$", re.MULTILINE)


def main() -> int:
    """Measure, say what is measured on the way, and print the line."""
    parser = argparse.ArgumentParser(prog="python -m tests.node.bench", description="Speed of the platform as pods.")
    parser.add_argument("--kills", type=int, default=4, help="how often the primary is killed")
    parser.add_argument("--rounds", type=int, default=2, help="how often pulumi up and kubectl apply are compared")
    chosen = parser.parse_args()
    reason = obstacle()
    if reason is not None:
        print(f"SKIPPED: no node here: {reason}")
        return 0
    with tempfile.TemporaryDirectory(prefix="mcp-bench-", dir="/var/tmp") as directory:
        clone = copy_of_the_tree(Path(directory))
        try:
            figures = measure(clone, chosen.kills, chosen.rounds)
        finally:
            clone.make("down", "ARGS=--purge")
    print(json.dumps(figures))
    return 0


def measure(clone: Clone, kills: int, rounds: int) -> dict[str, Any]:
    """Every figure."""
    clone.done("image")  # built before, since a cluster of images that are there is what is measured
    say("make up, from nothing")
    printed = clone.up()
    steps = {found["name"]: float(found["seconds"]) for found in STEP.finditer(printed)}
    (ready,) = re.findall(r"platform ready after ([\d.]+) s", printed)
    figures: dict[str, Any] = {
        "cluster_ready_s": steps["cluster"],
        "operators_ready_s": steps["operators"],
        "up_to_platform_ready_s": float(ready),
    }
    api = Api.from_kubeconfig(clone.kubeconfig)
    try:
        say("killing the primary")
        figures |= failovers(clone, api, kills)
        say("rolling the engine out")
        figures |= rollout(clone, api)
        say("pulumi up against kubectl apply")
        figures |= compare(clone, api, rounds)
    finally:
        api.close()
    return figures


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def failovers(clone: Clone, api: Api, kills: int) -> dict[str, Any]:
    """Kill the primary's instance manager, every other time its pod; seconds to the next acknowledged write."""
    secret = api.get("v1", "Secret", SecretName.DATABASE_OWNER, Namespace.ORCHESTRATION)
    assert secret is not None
    password = base64.b64decode(secret["data"]["password"]).decode()
    url = f"postgresql://mcp_user:{password}@127.0.0.1:{clone.ports.postgres}/mcp_orchestration?sslmode=require"
    writer = Writer(url)
    writer.start()
    until(lambda: writer.acknowledged, 30, "the first write")
    seconds: list[float] = []
    for number in range(kills):
        until(lambda: healthy(api), LONG, "three healthy instances")
        former = api.get("postgresql.cnpg.io/v1", "Cluster", DATABASE_CLUSTER, Namespace.DATABASE)
        assert former is not None
        name = former["status"]["currentPrimary"]
        pod = api.get("v1", "Pod", name, Namespace.DATABASE)
        assert pod is not None
        time.sleep(2)
        killed = time.monotonic()
        if number % 2:
            path = api.kind("v1", "Pod").path(Namespace.DATABASE, name)
            api.request("DELETE", path, {"gracePeriodSeconds": 0}, content_type="application/json")
        else:
            main_process(pod, "/controller/manager instance run").kill()
        seconds.append(gap_after(writer, killed))
        say(f"  {'pod deleted' if number % 2 else 'instance manager killed'}: {seconds[-1]:.1f} s")
    until(lambda: healthy(api), LONG, "three healthy instances")
    writer.stop()
    return {
        "failover_s": [round(each, 1) for each in seconds],
        "lost_writes": asyncio.run(lost(url, writer.acknowledged)),
        "acknowledged_writes": len(writer.acknowledged),
    }


def gap_after(writer: Writer, killed: float) -> float:
    """Seconds from the kill to the first write that is acknowledged after the longest pause since then."""
    time.sleep(3)  # a primary may acknowledge for a moment more
    until(lambda: time.monotonic() - writer.last() < 0.5 and writer.last() > killed + 3, 120, "an acknowledged write")
    times = [killed, *(at for at, _ in writer.acknowledged if at > killed)]
    pauses = [(after - before, after) for before, after in itertools.pairwise(times)]
    return max(pauses)[1] - killed


def healthy(api: Api) -> bool:
    """Whether the database has all its instances."""
    found = api.get("postgresql.cnpg.io/v1", "Cluster", DATABASE_CLUSTER, Namespace.DATABASE)
    status = (found or {}).get("status", {})
    return status.get("readyInstances") == 3 and status.get("currentPrimary") == status.get("targetPrimary")


def rollout(clone: Clone, api: Api) -> dict[str, Any]:
    """Restart the engine as a new version would, while something inside the node asks through its Service."""
    service = api.get("v1", "Service", ENGINE_SERVICE, Namespace.ORCHESTRATION)
    assert service is not None
    node = Node(clone.state.node, None, None, clone.ports.api_server)
    deployment = api.kind("apps/v1", "Deployment").path(Namespace.ORCHESTRATION, ENGINE)
    with asked_all_the_time(node, f"http://{service['spec']['clusterIP']}/ready") as found:
        for number in range(3):
            mark = {"spec": {"template": {"metadata": {"annotations": {"bench": f"{time.time()}"}}}}}
            api.request("PATCH", deployment, mark, content_type=MERGE)
            until(lambda: rolled_out(api), LONG, f"rollout {number + 1}")
        time.sleep(8)  # the old pod drains for five
    return {"failed_requests_rolling": len(found["failures"]), "requests_rolling": found["requests"]}


def rolled_out(api: Api) -> bool:
    """Whether the engine's rollout is over."""
    live = api.get("apps/v1", "Deployment", ENGINE, Namespace.ORCHESTRATION)
    assert live is not None
    status = live["status"]
    return status.get("observedGeneration") == live["metadata"]["generation"] and status.get(
        "updatedReplicas"
    ) == status.get("availableReplicas") == status.get("replicas")


def compare(clone: Clone, api: Api, rounds: int) -> dict[str, Any]:
    """The stack by `pulumi up`, then the same objects by `kubectl apply`, each from nothing until all is available."""
    deployments = [each for namespace in PLATFORM for each in api.list("apps/v1", "Deployment", namespace)]
    names = [each["metadata"]["name"] for each in deployments]
    kubectl = ensure_group([KUBECTL], say)[KUBECTL.name]
    by_pulumi: list[float] = []
    by_kubectl: list[float] = []
    for number in range(rounds):
        if number:  # what kubectl left goes with the node
            clone.done("down", "ARGS=--purge")
            clone.up()
        destroy(clone)
        with all_available(clone, names, by_pulumi):
            applied = clone.pulumi("up", "--yes", "--skip-preview")
            assert applied.returncode == 0, applied.stdout[-2000:] + applied.stderr[-2000:]
        file = clone.state.directory / "objects.yaml"
        file.touch(mode=0o600)
        file.write_text(yaml.safe_dump_all(objects(clone)), encoding="utf-8")
        destroy(clone)
        with all_available(clone, names, by_kubectl):
            apply = [str(kubectl), "--kubeconfig", str(clone.kubeconfig), "apply", "--server-side", "-f", str(file)]
            subprocess.run(apply, check=True, capture_output=True, timeout=LONG)
        file.unlink()
        say(f"  round {number + 1}: pulumi up {by_pulumi[-1]:.1f} s, kubectl apply {by_kubectl[-1]:.1f} s")
    ratios = [pulumi / kubectl_apply for pulumi, kubectl_apply in zip(by_pulumi, by_kubectl, strict=True)]
    return {
        "up_vs_kubectl_apply": round(statistics.median(ratios), 2),
        "up_vs_kubectl_apply_spread": [round(min(ratios), 2), round(max(ratios), 2)],
        "pulumi_up_s": [round(each, 1) for each in by_pulumi],
        "kubectl_apply_s": [round(each, 1) for each in by_kubectl],
    }


def destroy(clone: Clone) -> None:
    """Take the stack away."""
    destroyed = clone.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.returncode == 0, destroyed.stdout[-2000:] + destroyed.stderr[-2000:]


def objects(clone: Clone) -> Iterator[dict[str, Any]]:
    """What the stack applied, in its order, secrets included."""
    state = clone.pulumi("stack", "export", "--show-secrets")
    assert state.returncode == 0, state.stderr[-500:]
    resources = [
        plain(each["inputs"])
        for each in json.loads(state.stdout)["deployment"]["resources"]
        if each["type"].startswith("kubernetes:") and each.get("custom")
    ]
    first = [each for each in resources if each["kind"] in CLUSTER_WIDE]
    yield from first
    yield from (each for each in resources if each["kind"] not in CLUSTER_WIDE)


def plain(value: Any) -> Any:
    """A value without Pulumi's marks of secrets."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: plain(each) for key, each in value.items() if not key.startswith("__")}
    return [plain(each) for each in value] if isinstance(value, list) else value


@contextmanager
def all_available(clone: Clone, names: list[str], measured: list[float]) -> Iterator[None]:
    """Measure seconds from here until every Deployment of these names is available, and append them."""
    begun = time.monotonic()
    count = len(measured)

    def watch() -> None:
        api = Api.from_kubeconfig(clone.kubeconfig)
        try:
            until(lambda: available(api, names), LONG, "every Deployment is available")
            measured.append(time.monotonic() - begun)
        finally:
            api.close()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield
    watcher.join(LONG)
    assert len(measured) == count + 1, "not every Deployment became available"


def available(api: Api, names: list[str]) -> bool:
    """Whether these Deployments, and no fewer, are available."""
    found: list[str] = []
    for namespace in PLATFORM:
        for each in api.list("apps/v1", "Deployment", namespace):
            conditions = {one["type"]: one["status"] for one in each["status"].get("conditions", ())}
            if conditions.get("Available") == "True" and each["status"].get("updatedReplicas"):
                found.append(each["metadata"]["name"])
    return sorted(found) == sorted(names)


if __name__ == "__main__":
    sys.exit(main())
