"""The real engine and a real API server, started once for all stack tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.controlplane.api import Api
from ops.controlplane.operators import operator_crds
from ops.controlplane.plane import ControlPlane
from ops.controlplane.processes import Lifetime
from ops.controlplane.servers import Programs
from ops.toolchain.plugins import plugins_for
from ops.toolchain.tools import Tools, ensure_tools
from tests.stack.project import Project


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of them: they share the API server's namespaces."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Pulumi's CLI and the control plane's programs."""
    return ensure_tools(print)


@pytest.fixture(scope="session")
def plane(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane with the operators' definitions."""
    plane = ControlPlane(
        tmp_path_factory.mktemp("plane"),
        Programs(tools.etcd, tools.apiserver, tools.controller_manager),
        lifetime=Lifetime.PARENT,
        durable=False,
        crds=operator_crds,
    )
    plane.start()
    yield plane
    plane.stop()


@pytest.fixture(scope="session")
def cluster(plane: ControlPlane) -> Iterator[Api]:
    """A client with the administrator's rights."""
    api = plane.api()
    yield api
    api.close()


@pytest.fixture(scope="module")
def project(tools: Tools, plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project directory of this module alone."""
    directory = tmp_path_factory.mktemp("project")
    return Project(directory, tools.pulumi, plugins_for(tools, directory / "home"), plane.kubeconfig)
