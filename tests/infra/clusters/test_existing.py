"""A kubeconfig that cannot be used is refused before anything is made."""

from pathlib import Path

import pytest

from infra.clusters.existing import check_context, kubeconfig_path
from infra.faults import SettingsError

KEY = "mcp:settings.cluster.existing"


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text("contexts: [{name: staging}, {name: production}]", encoding="utf-8")
    return path


def test_a_variable_gives_the_path(kubeconfig: Path) -> None:
    assert kubeconfig_path("$SOME_CLUSTER", {"SOME_CLUSTER": str(kubeconfig)}) == kubeconfig


def test_a_variable_that_is_not_set_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        kubeconfig_path("$SOME_CLUSTER", {})
    assert str(caught.value) == (
        f'{KEY}.kubeconfig = "$SOME_CLUSTER": the environment variable SOME_CLUSTER is not set: set it to a path'
    )


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "absent"
    with pytest.raises(SettingsError) as caught:
        kubeconfig_path(str(path), {})
    assert str(caught.value) == f'{KEY}.kubeconfig = "{path}": is not a file: name an existing kubeconfig'


def test_a_context_that_is_not_there_is_refused_with_the_nearest(kubeconfig: Path) -> None:
    check_context(kubeconfig, "staging")
    with pytest.raises(SettingsError) as caught:
        check_context(kubeconfig, "prodution")
    assert str(caught.value) == f'{KEY}.context = "prodution": is not in {kubeconfig}; did you mean production?'
