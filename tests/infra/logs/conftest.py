"""Settings of the log system's tests."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.settings import Settings, parse


@pytest.fixture
def settings(settings_of: Callable[[str], dict[str, Any]]) -> Callable[..., Settings]:
    """Stack ``prod``'s settings with other values in section ``logging``."""

    def make(stack: str = "prod", **logging: Any) -> Settings:
        document = settings_of(stack)
        return parse(document | {"logging": document.get("logging", {}) | logging})

    return make
