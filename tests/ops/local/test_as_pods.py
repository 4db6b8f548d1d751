"""`make up` on a cluster that runs pods: what it lays over the settings, and what it makes of the cluster it finds."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from contract.names import Namespace, SecretName
from infra.sections.cluster import Operator
from infra.sections.section import Switch
from infra.settings import parse
from ops.controlplane.api import Api
from ops.local import as_pods
from ops.local.as_pods import api_token, destroy, install_operators, overlay
from ops.local.clusters.cluster import Needs, PodCluster
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.images import Images
from ops.local.ports import PortPlan
from ops.local.presence import present
from ops.local.progress import Step, Steps
from ops.local.stack import LocalStack, overlaid
from ops.local.state import ROOT, State
from ops.operators.workshop import Workshop
from ops.toolchain.operators import OperatorName
from ops.toolchain.tools import Tools
from tests.infra.conftest import build
from tests.ops.local.answering import answering, manifest, objects

NEEDS = Needs(tuple(OperatorName), builds=True, storage_class="local-path")


@pytest.fixture
def step() -> Iterator[Step]:
    """A step that nobody watches."""
    with Steps(1).step("test") as step:
        yield step


@pytest.fixture
def connected(tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Makes a client of a small server that has these objects."""
    apis: list[Api] = []
    with answering({}) as server:

        def connect(*manifests: dict[str, Any]) -> Api:
            server.answers = objects(*manifests)
            apis.append(Api.from_kubeconfig(server.kubeconfig(tmp_path / "kubeconfig")))
            return apis[-1]

        yield connect
        for api in apis:
            api.close()


def committed() -> Any:
    """The settings of stack `local`."""
    return yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]["mcp:settings"]


def laid_over(images: Images, needs: Needs, operators: list[Operator]) -> Any:
    """The settings of stack `local` on a cluster, as the program reads them."""
    return parse(overlaid(committed(), overlay(images, needs, operators)))


def test_what_is_laid_over_is_accepted_by_the_program_and_waits_for_everything() -> None:
    images = Images("mcp-platform/platform:sha-1", {"postgresql": "local/postgresql:15", "valkey": "local/valkey:1"})
    settings = laid_over(images, NEEDS, [Operator.CLOUDNATIVE_PG, Operator.KEDA])
    assert settings.waiting is Switch.ON
    assert settings.image == "mcp-platform/platform:sha-1"
    assert settings.database.instances == 3
    assert settings.database.storage_class == "local-path"


def test_on_a_node_no_container_runs_an_image_that_is_not_built_here() -> None:
    keys = ("postgresql", "valkey", "haproxy", "redisExporter")  # those of ops.local.images.built_images
    images = Images("mcp-platform/platform:sha-1", {key: f"local/{key.lower()}:15" for key in keys})
    over = overlay(images, NEEDS, present(cast("Api", None), tuple(OperatorName)))
    made = build(parse(overlaid(committed(), over | {"cache": {"replicas": 3}})))
    specs = [pod["spec"] for each in made if (pod := each.pod) is not None]
    run = {part["image"] for spec in specs for part in (*spec["containers"], *spec.get("initContainers", ()))}
    run |= {each.inputs["spec"]["imageName"] for each in made if each.kind == "Cluster"}
    assert run == {images.platform, *images.replaced.values()}


def test_where_images_can_be_pulled_the_pinned_ones_stay() -> None:
    settings = overlay(Images("registry.example/platform:1"), NEEDS, [])
    assert "images" not in settings
    assert laid_over(Images("registry.example/platform:1"), NEEDS, [Operator.CLOUDNATIVE_PG]) is not None


def test_objects_that_an_interrupted_run_left_are_adopted() -> None:
    assert overlay(Images("image"), NEEDS, [])["cluster"]["existing"] == {"adopt": "on"}


def test_the_first_api_key_is_read_out_of_its_secret(connected: Callable[..., Api]) -> None:
    data = {"token": base64.b64encode(b"t0ken").decode()}
    secret = manifest("v1", "Secret", SecretName.API_TOKEN, Namespace.ORCHESTRATION, data=data)
    assert api_token(connected(secret)) == "t0ken"


@pytest.mark.parametrize("data", [None, {}, {"token": ""}])
def test_a_missing_key_is_one_sentence(data: dict[str, str] | None, connected: Callable[..., Api]) -> None:
    secrets = []
    if data is not None:
        secrets = [manifest("v1", "Secret", SecretName.API_TOKEN, Namespace.ORCHESTRATION, data=data)]
    with pytest.raises(LocalError, match="holds no token: run `make up` again"):
        api_token(connected(*secrets))


def test_images_and_definitions_are_there_before_the_operators_that_need_them(
    step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    class Loading:
        def load(self, images: object, _report: object) -> None:
            order.append(f"load {images}")

    def made(_chosen: object, shop: Workshop) -> list[str]:
        shop.built.append(cast("Any", "image"))
        return ["release"]

    monkeypatch.setattr(as_pods.operators, "releases", made)
    monkeypatch.setattr(as_pods, "operator_crds", lambda _: ["definition"])
    monkeypatch.setattr(as_pods, "apply_crds", lambda _, found: order.append(f"define {found}"))
    monkeypatch.setattr(as_pods, "install", lambda _, found, __: order.append(f"install {found}"))
    shop = Workshop({}, Path("/kubectl"), Path("/helm"), "shell", lambda _: None)
    cluster = cast("PodCluster", Loading())
    install_operators(cast("Api", None), cluster, (), shop, step)
    assert order == []
    install_operators(cast("Api", None), cluster, (OperatorName.KEDA,), shop, step)
    assert order == ["load ['image']", "define ['definition']", "install ['release']"]


def test_a_stack_is_never_destroyed_on_another_cluster_than_its_own(
    step: Step, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user has chosen another context since: objects of the same names there are somebody else's."""
    state = State(tmp_path / "state")
    stack = LocalStack(state.stack_on(ClusterKind.CONTEXT), Path("/bin/false"), tmp_path)
    destroyed: list[str] = []
    monkeypatch.setattr(LocalStack, "destroy", lambda *_: destroyed.append("destroyed"))
    monkeypatch.setattr(as_pods, "plugins_for", lambda *_: None)
    tools = Tools(*([Path("/bin/false")] * 4))
    uid = {"uid": "one"}
    with answering(objects(manifest("v1", "Namespace", "kube-system", metadata=uid))) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "config")))
        destroy(state, ClusterKind.CONTEXT, PortPlan(), tools, step)
        assert (server.asked, destroyed) == ([], []), "there is no stack yet"
        stack.prepare()
        (stack.directory / "cluster-uid").write_text("two")
        with pytest.raises(LocalError, match="made on another cluster than KUBECONFIG leads to now"):
            destroy(state, ClusterKind.CONTEXT, PortPlan(), tools, step)
        assert destroyed == []
        (stack.directory / "cluster-uid").write_text("one")
        destroy(state, ClusterKind.CONTEXT, PortPlan(), tools, step)
    assert destroyed == ["destroyed"]
