"""The real Prometheus and Alertmanager, and the checkers of both."""

from pathlib import Path

import pytest

from infra.monitoring.rules.alert import Scope
from ops.toolchain.alerting import ALERTING
from ops.toolchain.tool import ToolName
from ops.toolchain.tools import ensure_group
from tests.monitoring import rulebook


@pytest.fixture(scope="session")
def programs() -> dict[ToolName, Path]:
    """Built once, and kept."""
    return dict(ensure_group(ALERTING, print))


@pytest.fixture(scope="session")
def scope() -> Scope:
    """Production, with every job read."""
    return rulebook.scope()
