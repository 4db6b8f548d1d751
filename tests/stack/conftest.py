"""The real engine and a real API server, started once in each worker that runs stack tests.

A file of tests shares one project and its namespaces, so it belongs to one worker (`--dist loadfile`).
"""

from collections.abc import Iterator

import pytest

from ops.controlplane.api import Api
from ops.controlplane.operators import operator_crds
from ops.controlplane.plane import ControlPlane
from ops.controlplane.processes import Lifetime
from ops.controlplane.servers import Programs
from ops.toolchain.plugins import plugins_for
from ops.toolchain.tools import Tools, ensure_tools
from tests.stack.project import Project


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
