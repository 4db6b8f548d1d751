"""A process is started exactly as its pod template says, but for hosts, ports, paths and the database's TLS mode."""

from pathlib import Path

import pytest

from contract.names import Namespace
from ops.controlplane.api import Json
from ops.local.failure import LocalError
from ops.local.objects import Objects
from ops.local.ports import PortPlan
from ops.local.replacement import ANY_ADDRESS, Ledger
from ops.local.spec import ExecCheck, HttpCheck, TcpCheck
from ops.local.templates import Machine, Translated, Translator
from tests.ops.local.literal_objects import agent, config_map, deployment, engine, objects, service


def translate(found: Objects, tmp_path: Path, name: str, ledger: Ledger | None = None, offset: int = 0) -> Translated:
    for program in ("python", "sh", "valkey-server"):
        path = tmp_path / "bin" / program
        path.parent.mkdir(exist_ok=True)
        path.touch(0o755)
    ports = PortPlan(offset)
    machine = Machine(
        clone=Path("/clone"),
        pods=tmp_path / "pods",
        path=(tmp_path / "bin",),
        code="code-1",
        ports=ports.assign(found.workloads),
        postgres=ports.postgres,
    )
    translator = Translator(found, machine, ledger or Ledger())
    return translator.process(next(each for each in found.workloads if each.name == name))


def only(tmp_path: Path, document: Json, ledger: Ledger | None = None) -> Translated:
    return translate(objects(document), tmp_path, document["metadata"]["name"], ledger)


def test_command_and_arguments_are_the_templates(tmp_path: Path) -> None:
    spec = only(tmp_path, engine()).spec
    assert spec.command == (str(tmp_path / "bin/python"), "-m", "app", "engine")
    assert spec.directory == "/clone"
    assert spec.grace_seconds == 150


def test_nothing_of_the_callers_environment_is_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "leaked")
    environment = only(tmp_path, engine(env=[{"name": "GIVEN", "value": "yes"}])).spec.environment
    assert environment["GIVEN"] == "yes"
    assert set(environment) == {"GIVEN", "PATH", "HOME", "TMPDIR", "LANG", "PYTHONUNBUFFERED"}


def test_later_variables_win_and_refer_to_earlier_ones(tmp_path: Path) -> None:
    found = objects(
        engine(
            envFrom=[{"configMapRef": {"name": "settings"}}, {"configMapRef": {"name": "absent", "optional": True}}],
            env=[
                {"name": "LEVEL", "value": "DEBUG"},
                {"name": "SENTENCE", "value": "$(LEVEL) of $(REGION), $$(LEVEL), $(UNKNOWN)"},
                {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
                {"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "REGION"}}},
            ],
        ),
        config_maps=(config_map(Namespace.ORCHESTRATION, "settings", LEVEL="INFO", REGION="local"),),
    )
    environment = translate(found, tmp_path, "orchestration-engine").spec.environment
    assert environment["LEVEL"] == "DEBUG"
    assert environment["SENTENCE"] == "DEBUG of local, $(LEVEL), $(UNKNOWN)"
    assert environment["POD"] == "mcp-orchestration"
    assert environment["KEY"] == "local"


@pytest.mark.parametrize(
    ("container", "complaint"),
    [
        ({"envFrom": [{"configMapRef": {"name": "absent"}}]}, "takes its environment from ConfigMap absent"),
        ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}, "reads key k of s"),
        ({"command": []}, "names no command"),
        ({"command": ["no-such-program"]}, "runs no-such-program, which is not on this machine"),
        (
            {
                "volumes": [{"name": "v", "secret": {"secretName": "absent"}}],
                "volumeMounts": [{"name": "v", "mountPath": "/s"}],
            },
            "mounts Secret absent, which does not exist",
        ),
        (
            {
                "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
                "volumeMounts": [{"name": "v", "mountPath": "/s"}],
            },
            "mounts a volume of kind hostPath",
        ),
    ],
)
def test_what_a_process_cannot_be_is_refused_in_a_sentence(tmp_path: Path, container: Json, complaint: str) -> None:
    if container.get("command") == []:
        container = {"command": [], "args": []}
    with pytest.raises(LocalError, match=complaint):
        only(tmp_path, engine(**container))


def test_a_pod_that_other_containers_prepare_is_refused(tmp_path: Path) -> None:
    document = engine()
    document["spec"]["template"]["spec"]["initContainers"] = [{"name": "first"}]
    with pytest.raises(LocalError, match="containers that prepare it"):
        only(tmp_path, document)


def test_of_several_containers_the_first_runs_and_the_others_are_told_of(tmp_path: Path) -> None:
    document = engine()
    document["spec"]["template"]["spec"]["containers"].append({"name": "exporter"})
    ledger = Ledger()
    assert only(tmp_path, document, ledger).spec.command[1:] == ("-m", "app", "engine")
    assert ("part", "container exporter", "left out") in {(e.kind, e.found, e.put) for e in ledger.entries}


def test_mounted_files_come_from_config_maps_and_secrets_with_hosts_rewritten(tmp_path: Path) -> None:
    found = objects(
        engine(
            env=[{"name": "ROLES_DIR", "value": "/app/config/roles"}, {"name": "URL_FILE", "value": "/app/s/url"}],
            volumes=[
                {"name": "roles", "configMap": {"name": "roles", "items": [{"key": "a.yaml", "path": "role.yaml"}]}},
                {"name": "secret", "secret": {"secretName": "login"}},
            ],
            volumeMounts=[
                {"name": "secret", "mountPath": "/app/s"},
                {"name": "roles", "mountPath": "/app/config/roles"},
            ],
        ),
        agent("developer"),
        services=(service(Namespace.AGENTS, "developer-service", "developer-agent", (3001, 3001)),),
        config_maps=(config_map(Namespace.ORCHESTRATION, "roles", **{"a.yaml": "id: a", "b.yaml": "id: b"}),),
    )
    found.secrets[Namespace.ORCHESTRATION, "login"] = {
        "url": b"postgresql://api:pw@postgresql-cluster.database.svc.cluster.local:5432/app?sslmode=require",
        "agents": b'{"developer": "http://developer-service.mcp-agents.svc.cluster.local:3001/mcp"}',
    }
    process = translate(found, tmp_path, "orchestration-engine", offset=100)
    files = {mount.path: mount.files for mount in process.mounts}
    assert files["/app/config/roles"] == {"role.yaml": b"id: a"}
    assert files["/app/s"]["url"] == b"postgresql://api:pw@127.0.0.1:15532/app?sslmode=disable"
    assert files["/app/s"]["agents"] == b'{"developer": "http://127.0.0.1:3101/mcp"}'
    root = tmp_path / "pods/orchestration-engine"
    assert process.spec.environment["ROLES_DIR"] == str(root / "app/config/roles")
    assert process.spec.environment["URL_FILE"] == str(root / "app/s/url")


def test_ports_and_listening_address_are_replaced_everywhere(tmp_path: Path) -> None:
    probe = {"httpGet": {"path": "/ready", "port": "mcp-port"}, "periodSeconds": 5, "timeoutSeconds": 2}
    documents = [agent("alpha"), agent("beta")]
    documents[1]["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = probe
    spec = translate(objects(*documents), tmp_path, "beta-agent", offset=10).spec
    assert spec.environment["MCP_PORT"] == "3012"
    assert spec.environment["BIND_HOST"] == "127.0.0.1"
    assert spec.ports == {"mcp-port": 3012}
    assert spec.readiness is not None
    assert spec.readiness.check == HttpCheck(port=3012, path="/ready")
    assert (spec.readiness.period, spec.readiness.timeout) == (5, 2)


def test_the_cache_gets_port_and_address_and_its_probe_asks_there(tmp_path: Path) -> None:
    cache = deployment(
        Namespace.CACHE,
        "redis-cluster",
        {
            "command": ["valkey-server"],
            "args": ["/etc/valkey/auth.conf", "--save", "", "--dir", "/data"],
            "ports": [{"name": "redis", "containerPort": 6379}],
            "volumeMounts": [{"name": "auth", "mountPath": "/etc/valkey"}, {"name": "data", "mountPath": "/data"}],
            "livenessProbe": {"tcpSocket": {"port": 6379}, "initialDelaySeconds": 30},
            "readinessProbe": {"exec": {"command": ["sh", "-c", 'valkey-cli -p 6379 -a "$(cat /etc/valkey/pw)" ping']}},
        },
        volumes=[{"name": "auth", "secret": {"secretName": "cache"}}, {"name": "data", "emptyDir": {}}],
    )
    found = objects(cache)
    found.secrets[Namespace.CACHE, "cache"] = {"auth.conf": b"requirepass x", "pw": b"x"}
    spec = translate(found, tmp_path, "redis-cluster").spec
    root = tmp_path / "pods/redis-cluster"
    assert spec.command[1:] == (
        *(f"{root}/etc/valkey/auth.conf", "--save", "", "--dir", f"{root}/data"),
        *("--port", "16379", "--bind", "127.0.0.1"),
    )
    assert spec.readiness is not None
    assert spec.readiness.check == ExecCheck(
        command=("sh", "-c", f'valkey-cli -p 16379 -a "$(cat {root}/etc/valkey/pw)" ping')
    )
    assert spec.liveness is not None
    assert spec.liveness.check == TcpCheck(port=16379)
    assert spec.liveness.initial_delay == 30


def test_what_was_replaced_is_told(tmp_path: Path) -> None:
    ledger = Ledger()
    only(
        tmp_path,
        engine(env=[{"name": "HTTP_PORT", "value": "8000"}, {"name": "BIND_HOST", "value": ANY_ADDRESS}]),
        ledger,
    )
    told = {(entry.kind, entry.found, entry.put) for entry in ledger.entries}
    assert told == {("host", ANY_ADDRESS, "127.0.0.1"), ("path", "python", str(tmp_path / "bin/python"))}


def test_the_revision_changes_with_files_and_code_only(tmp_path: Path) -> None:
    def revision(content: str, code: str) -> str:
        found = objects(
            engine(
                volumes=[{"name": "c", "configMap": {"name": "c"}}],
                volumeMounts=[{"name": "c", "mountPath": "/app/config"}],
            ),
            config_maps=(config_map(Namespace.ORCHESTRATION, "c", file=content),),
        )
        spec = translate(found, tmp_path, "orchestration-engine").spec
        return spec.model_copy(update={"files": spec.files.replace("code-1", code)}).revision

    first = revision("a", "1")
    assert revision("a", "1") == first
    assert revision("b", "1") != first
    assert revision("a", "2") != first


def test_every_process_is_planned_a_port_of_its_own() -> None:
    found = objects(engine(), agent("alpha"), agent("beta"), agent("gamma"))
    plan = PortPlan(7)
    local = [port for ports in plan.assign(found.workloads).values() for port in ports.values()]
    local += [plan.postgres, plan.api_server, plan.etcd]
    assert len(set(local)) == len(local) == 8
    assert {8007, 8008, 3008, 3009, 3010} <= set(local)
