"""Fluentd's pod: a node agent that may do no more than it must."""

from collections.abc import Callable
from typing import Any

import pytest

from contract.annotations import POLICY_EXEMPT
from infra.logs.collector import EXEMPT, HOST_STATE, checksum, daemon_set_spec
from infra.logs.fluentd import STATE, fluent_conf
from infra.settings import Settings

Make = Callable[..., Settings]


def pod(settings: Settings) -> dict[str, Any]:
    return daemon_set_spec(settings)["template"]["spec"]


def mounts(spec: dict[str, Any]) -> dict[str, tuple[dict[str, Any], bool]]:
    """Path -> its volume, and whether it is read-only."""
    volumes = {each["name"]: each for each in spec["volumes"]}
    (container,) = spec["containers"]
    return {
        each["mountPath"]: (volumes[each["name"]], each.get("readOnly", False)) for each in container["volumeMounts"]
    }


def test_of_the_node_it_writes_to_one_directory_of_its_own(settings: Make) -> None:
    found = mounts(pod(settings()))
    hosts = {path: (volume["hostPath"]["path"], read) for path, (volume, read) in found.items() if "hostPath" in volume}
    assert hosts == {"/var/log": ("/var/log", True), STATE: (HOST_STATE, False)}


def test_it_has_no_capability_no_token_and_writes_nothing_into_its_image(settings: Make) -> None:
    spec = pod(settings())
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)


def test_it_says_why_it_is_not_restricted() -> None:
    policy, _, reason = EXEMPT[POLICY_EXEMPT].partition(": ")
    assert policy == "pods-are-restricted"
    assert len(reason) > 40
    assert ";" not in reason, "that begins another exemption"


def test_it_runs_on_every_node_whatever_the_taint(settings: Make) -> None:
    assert pod(settings())["tolerations"] == [{"operator": "Exists"}]


def test_passwords_are_files(settings: Make) -> None:
    spec = pod(settings(forward="logs.example.com"))
    (container,) = spec["containers"]
    assert [each["name"] for each in container["env"]] == ["NODE_NAME"]
    read = {path for path, (volume, _) in mounts(spec).items() if "secret" in volume}
    text = fluent_conf(settings(forward="logs.example.com"))
    assert {f"{path}/password" for path in read if path.startswith("/fluentd/secrets")} == {
        part.split("'")[0] for part in text.split("File.read('")[1:]
    }
    assert f"ca_file {next(path for path in read if 'authority' in path)}/ca.crt" in text


def test_every_path_of_the_configuration_is_mounted(settings: Make) -> None:
    found = mounts(pod(settings()))
    for line in fluent_conf(settings()).splitlines():
        name, _, value = line.strip().partition(" ")
        if name in ("path", "pos_file"):
            assert any(value.startswith(f"{path}/") for path in found), line


@pytest.mark.parametrize("change", [{"buffer": "3Gi"}, {"forward": "logs.example.com"}])
def test_another_configuration_is_another_pod(settings: Make, change: dict[str, str]) -> None:
    assert checksum(settings()) != checksum(settings(**change))
