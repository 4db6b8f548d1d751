"""Which images the stack runs on each kind of cluster; nothing is built here."""

from pathlib import Path

import pytest

from ops.image.image import Image
from ops.local import images as module
from ops.local.clusters.kind import BUILT_BY_DOCKER
from ops.local.clusters.kinds import ClusterKind
from ops.local.failure import LocalError
from ops.local.images import Images, ensure_images
from ops.local.state import ROOT


def silent(_line: str) -> None:
    """Say nothing."""


def image(reference: str) -> Image:
    """A built image."""
    return Image(reference, "sha256:0", Path("/images") / reference, ())


def test_a_cluster_of_the_users_own_must_be_told_which_image_it_can_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGE", raising=False)
    with pytest.raises(
        LocalError, match=r"^CLUSTER=context needs IMAGE: .*as in `make up CLUSTER=context IMAGE=.*`\.$"
    ):
        ensure_images(ClusterKind.CONTEXT, silent)
    monkeypatch.setenv("IMAGE", "")
    with pytest.raises(LocalError, match="needs IMAGE"):
        ensure_images(ClusterKind.CONTEXT, silent)


def test_it_runs_that_image_and_pulls_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE", "registry.example/platform:1")
    found = ensure_images(ClusterKind.CONTEXT, silent)
    assert (found.platform, found.replaced, found.built) == ("registry.example/platform:1", {}, ())
    assert found.summary() == "registry.example/platform:1"


def test_kind_runs_what_docker_builds_of_this_tree_and_is_not_needed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cluster comes after its images, so nothing may ask kind yet."""
    called: list[tuple[str, ...]] = []
    monkeypatch.setattr(module, "call", lambda *command: called.append(command))
    assert ensure_images(ClusterKind.KIND, silent) == Images(BUILT_BY_DOCKER)
    assert called == [("docker", "build", "--tag", BUILT_BY_DOCKER, str(ROOT))]
    assert (ROOT / "Dockerfile").is_file()


def test_a_node_runs_images_of_its_own_only(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("platform", "base", "postgresql", "valkey", "haproxy", "redis_exporter")
    built = {name: image(f"local/{name}:1") for name in names}
    for name, each in built.items():
        monkeypatch.setattr(module, f"{name}_image", lambda _, each=each: each)
    found = ensure_images(ClusterKind.NODE, silent)
    assert found.platform == "local/platform:1"
    assert found.replaced == {
        "postgresql": "local/postgresql:1",
        "valkey": "local/valkey:1",
        "haproxy": "local/haproxy:1",
        "redisExporter": "local/redis_exporter:1",
    }
    assert found.shell == "local/base:1"
    loaded = {each.reference for each in found.built}
    assert {found.platform, found.shell, *found.replaced.values()} == loaded
    assert found.summary() == "local/platform:1 and 5 others, built here"
