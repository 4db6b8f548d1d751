"""What Prometheus is told to read, as the real operator writes it from the platform's monitors on a real API server.

No pod runs there: that the targets answer is proven on the real node. The relabelling is followed in Python, whose
regular expressions allow more than Prometheus's; that Prometheus takes the rules, its own checker says.
"""

import base64
import gzip
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract.names import Namespace
from infra.catalogue import read_catalogue
from infra.monitoring import monitors
from infra.monitoring.targets import Target, targets
from infra.settings import parse
from ops.controlplane.api import APPLY, Api, Json, UnknownKindError
from ops.controlplane.plane import ControlPlane
from ops.operators import prometheus
from ops.operators.manifests import documents
from ops.toolchain.alerting import PROMTOOL
from ops.toolchain.modules import module_directory
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import ToolName
from ops.toolchain.tools import available, ensure_group
from tests.ops.operators.releases import pulling
from tests.servers.session import free_port

pytestmark = pytest.mark.stack
META = "__meta_kubernetes_pod_"
SECONDS = 60
REPOSITORY = Path(__file__).parents[3]
ROLES = tuple(file.role.id for file in read_catalogue("roles").roles)


def production() -> tuple[Target, ...]:
    """Every job of stack ``prod``."""
    document = yaml.safe_load((REPOSITORY / "Pulumi.prod.yaml").read_text(encoding="utf-8"))
    return targets(parse(document["config"]["mcp:settings"]), ROLES)


def apply(api: Api, manifest: Json) -> None:
    api.request("PATCH", api.path_of(manifest), manifest, {"fieldManager": "test", "force": "true"}, APPLY)


def until(check: Callable[[], Any], log: Path) -> Any:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8")[-3000:])


@pytest.fixture(scope="module")
def written(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Prometheus's configuration as the operator writes it."""
    tool = next(each for each in OPERATOR_TOOLS[OperatorName.PROMETHEUS] if each.name is ToolName.PROMETHEUS_OPERATOR)
    program = available(tool)
    if program is None:
        pytest.skip("prometheus-operator is not built here yet: `python -m ops.toolchain` does it")
    api = plane.api()
    bundle = module_directory(tool.module, prometheus.MODULE) / "bundle.yaml"
    directory = tmp_path_factory.mktemp("operator")
    log = directory / "log"
    log.touch()
    namespace = Namespace.MONITORING.value
    apply(api, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for each in documents(bundle.read_text(encoding="utf-8")):
        if each["kind"] == "CustomResourceDefinition":
            apply(api, each)
            until(lambda each=each: _served(api, each), log)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [str(program), f"-web.listen-address=127.0.0.1:{free_port()}", "-kubelet-endpoints=false"],
            env={**os.environ, "KUBECONFIG": str(plane.kubeconfig)},
            stdout=stream,
            stderr=stream,
        )
    made = [
        {
            "apiVersion": monitors.API_VERSION,
            "kind": monitors.KIND,
            "metadata": {"name": target.job, "namespace": namespace},
            "spec": monitors.pod_monitor(target),
        }
        for target in production()
    ]
    (server,) = [each for each in prometheus.server(pulling()).objects if each["kind"] == "Prometheus"]
    try:
        for each in (*made, server):
            apply(api, each)

        def configuration() -> dict[str, Any] | None:
            secret = api.get("v1", "Secret", f"prometheus-{prometheus.NAME}", namespace)
            if secret is None:
                return None
            text = gzip.decompress(base64.b64decode(secret["data"]["prometheus.yaml.gz"]))
            found = yaml.safe_load(text)
            return found if len(found.get("scrape_configs") or []) == len(made) else None

        yield until(configuration, log)
    finally:
        process.terminate()
        process.wait(SECONDS)
        for each in (*made, server):
            api.delete(each["apiVersion"], each["kind"], each["metadata"]["name"], namespace)
        api.close()


def _served(api: Api, definition: Json) -> bool:
    """The operator looks once, as it starts, which kinds there are."""
    spec = definition["spec"]
    try:
        api.get(f"{spec['group']}/{spec['versions'][0]['name']}", spec["names"]["kind"], "none", "default")
    except UnknownKindError:
        return False
    return True


def relabelled(config: dict[str, Any], target: dict[str, str]) -> dict[str, str] | None:
    """The target after every rule, or None where one drops it."""
    labels = dict(target)
    for rule in config["relabel_configs"]:
        value = ";".join(labels.get(name, "") for name in rule.get("source_labels", []))
        # The pod's own number of its shard, which the reloader fills in; there is one.
        matched = re.fullmatch(rule.get("regex", "(.*)").replace("$(SHARD)", "0"), value, re.DOTALL)
        match rule.get("action", "replace"):
            case "keep":
                if matched is None:
                    return None
            case "drop":
                if matched is not None:
                    return None
            case "replace":
                if matched is not None:
                    wanted = re.sub(r"\$\{?(\d)\}?", r"\\\1", rule.get("replacement", "$1"))
                    labels[rule["target_label"]] = matched.expand(wanted)
            case "hashmod":
                labels[rule["target_label"]] = "0"
            case action:
                pytest.fail(f"nobody told this test what {action} does")
    return {name: value for name, value in labels.items() if not name.startswith("__")}


def found(namespace: str, container: str, port: str, **labels: str) -> dict[str, str]:
    """What discovery finds of a running pod's port."""
    of_pod = {f"{META}label_{name}": value for name, value in labels.items()}
    present = {f"{META}labelpresent_{name}": "true" for name in labels}
    return (
        of_pod
        | present
        | {
            "__address__": "10.244.0.7:1",
            "__meta_kubernetes_namespace": namespace,
            f"{META}name": "pod-1",
            f"{META}phase": "Running",
            f"{META}container_name": container,
            f"{META}container_port_name": port,
        }
    )


def job(written: dict[str, Any], name: str) -> dict[str, Any]:
    """Configuration of one job."""
    (found,) = [each for each in written["scrape_configs"] if each["job_name"].split("/")[2] == name]
    return found


def test_it_reads_and_evaluates_as_often_as_the_specification_says(written: dict[str, Any]) -> None:
    assert written["global"]["scrape_interval"] == "15s"
    assert written["global"]["evaluation_interval"] == "15s"


def test_every_job_is_selected(written: dict[str, Any]) -> None:
    names = {each["job_name"].split("/")[2] for each in written["scrape_configs"]}
    assert names == {target.job for target in production()}
    assert {"orchestration-engine", "mcp-agents", "postgresql"} <= names


def test_the_engine_is_read_at_its_http_port_alone(written: dict[str, Any]) -> None:
    config = job(written, "orchestration-engine")
    assert config["metrics_path"] == "/metrics"
    assert config["kubernetes_sd_configs"][0]["namespaces"]["names"] == ["mcp-orchestration"]
    http = relabelled(config, found("mcp-orchestration", "orchestration-engine", "http", app="orchestration-engine"))
    assert http is not None
    assert (http["job"], http["namespace"], http["pod"]) == ("orchestration-engine", "mcp-orchestration", "pod-1")
    websocket = found("mcp-orchestration", "orchestration-engine", "websocket", app="orchestration-engine")
    assert relabelled(config, websocket) is None
    assert relabelled(config, found("mcp-orchestration", "job", "http", app="database-migration")) is None


@pytest.mark.parametrize("role", ROLES)
def test_an_agent_has_the_specifications_job_and_the_role_as_the_engine_says_it(
    written: dict[str, Any], role: str
) -> None:
    slug = role.replace("_", "-")
    agent = relabelled(job(written, "mcp-agents"), found("mcp-agents", slug, "mcp-port", role=slug))
    assert agent is not None
    assert (agent["job"], agent["agent_role"]) == ("mcp-agents", role)


def test_a_database_instance_is_read_and_its_jobs_are_not(written: dict[str, Any]) -> None:
    config = job(written, "postgresql")
    cluster = {"cnpg_io_cluster": "postgresql-cluster"}
    instance = relabelled(config, found("database", "postgres", "metrics", **cluster, cnpg_io_podRole="instance"))
    assert instance is not None
    assert instance["job"] == "postgresql"
    assert relabelled(config, found("database", "initdb", "metrics", **cluster, cnpg_io_podRole="job")) is None


def test_a_pod_that_has_ended_is_not_read(written: dict[str, Any]) -> None:
    ended = found("mcp-agents", "developer", "mcp-port", role="developer") | {f"{META}phase": "Succeeded"}
    assert relabelled(job(written, "mcp-agents"), ended) is None


def test_prometheus_itself_accepts_what_was_written(written: dict[str, Any], tmp_path: Path) -> None:
    promtool = dict(ensure_group((PROMTOOL,), print))[PROMTOOL.name]
    file = tmp_path / "prometheus.yaml"

    def check(document: dict[str, Any]) -> int:
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        command = [str(promtool), "check", "config", "--syntax-only", str(file)]
        return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False).returncode

    assert check(written) == 0
    assert check({**written, "scrape_configs": [{"job_name": "x", "relabel_configs": [{"regex": r"(.);\1"}]}]}) != 0
