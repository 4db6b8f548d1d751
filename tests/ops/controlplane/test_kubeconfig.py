"""Kubeconfigs: written with everything inside, read from a path or as contents, refused in one sentence."""

import json
from pathlib import Path

import pytest
import yaml

from ops.controlplane.certificates import ensure_certificates
from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.kubeconfig import read_kubeconfig, write_kubeconfig


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """A kubeconfig of an administrator."""
    tls = ensure_certificates(tmp_path / "tls")
    write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:1", tls.authority, tls.administrator)
    return tmp_path / "kubeconfig"


def test_what_is_written_is_read_back(kubeconfig: Path) -> None:
    access = read_kubeconfig(kubeconfig)
    assert access.server == "https://127.0.0.1:1"
    assert access.certificate and "BEGIN CERTIFICATE" in access.certificate
    assert access.key and "PRIVATE KEY" in access.key
    assert access == read_kubeconfig(str(kubeconfig)) == read_kubeconfig(kubeconfig.read_text())


def test_nobody_else_can_read_it(kubeconfig: Path) -> None:
    assert kubeconfig.stat().st_mode & 0o777 == 0o600


def test_json_files_tokens_and_another_context_are_understood(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    config = {
        "current-context": "a",
        "clusters": [{"name": "c", "cluster": {"server": "https://host/", "insecure-skip-tls-verify": True}}],
        "users": [{"name": "u", "user": {"tokenFile": str(tmp_path / "token")}}],
        "contexts": [
            {"name": "a", "context": {"cluster": "c", "user": "u"}},
            {"name": "b", "context": {"cluster": "c", "user": "u", "namespace": "n"}},
        ],
    }
    access = read_kubeconfig(json.dumps(config), context="b")
    assert (access.server, access.token, access.namespace, access.verify) == ("https://host", "t0ken", "n", False)


@pytest.mark.parametrize("broken", ["current-context: x\n", "a: [\n", "just words\n"])
def test_a_broken_one_is_refused_in_one_sentence(broken: str) -> None:
    with pytest.raises(ControlPlaneError, match="The kubeconfig cannot be used"):
        read_kubeconfig(broken)


def test_a_missing_one_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ControlPlaneError, match="cannot be read: No such file"):
        read_kubeconfig(tmp_path / "none")


def test_a_credential_plugin_is_never_run(kubeconfig: Path) -> None:
    config = yaml.safe_load(kubeconfig.read_text())
    config["users"][0]["user"] = {"exec": {"command": "rm"}}
    with pytest.raises(ControlPlaneError, match="asks for a credential plugin"):
        read_kubeconfig(yaml.safe_dump(config))
