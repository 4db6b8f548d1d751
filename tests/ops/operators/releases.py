"""Every operator's release, made of what lies in the caches of Go and of tools; nothing is fetched or built."""

import shutil
from pathlib import Path

import pytest

from ops.controlplane.api import Json
from ops.local.operators import RELEASES, later_releases, releases
from ops.operators.install import Release
from ops.operators.workshop import Workshop
from ops.toolchain.catalogue import KUBECTL
from ops.toolchain.failure import ToolchainError
from ops.toolchain.helm import HELM
from ops.toolchain.operators import OPERATOR_TOOLS
from ops.toolchain.tool import ToolName
from ops.toolchain.tools import available

SHELL = "local/shell:1"


def pulling() -> Workshop:
    """A workshop that builds nothing and has no tools: for releases that are written here."""
    return Workshop(None, Path("/no/kubectl"), Path("/no/helm"), SHELL, lambda _: None)


def rendered(directory: Path, patch: pytest.MonkeyPatch) -> tuple[Workshop, list[Release]]:
    """Every release, with tiny files for programs; skips the test where a module or tool is not there."""
    kubectl = available(KUBECTL)
    helm = available(HELM)
    if kubectl is None or helm is None or shutil.which("go") is None:
        pytest.skip("kubectl, Helm or Go is not here yet: `python -m ops.toolchain` gets them")
    patch.setenv("MCP_PLATFORM_CACHE", str(directory / "cache"))
    patch.setenv("GOPROXY", "off")
    programs: dict[ToolName, Path] = {}
    for tool in (tool for tools in OPERATOR_TOOLS.values() for tool in tools):
        programs[tool.name] = directory / tool.name
        programs[tool.name].write_text(f"#!{tool.name}")
    shop = Workshop(programs, kubectl, helm, SHELL, lambda _: None)
    everything = tuple(RELEASES)
    try:
        return shop, [*releases(everything, shop), *later_releases(everything, shop)]
    except ToolchainError as error:
        pytest.skip(f"a module is not in Go's cache: {error}")


def workloads(release: Release) -> list[Json]:
    """Its objects that have pods of their own."""
    return [each for each in release.objects if "template" in each.get("spec", {})]


def containers(workload: Json) -> list[Json]:
    """Every container of a workload's pods."""
    pod = workload["spec"]["template"]["spec"]
    return [*pod.get("initContainers", []), *pod["containers"]]
