"""What containerd, its network, kubelet and kube-proxy read agrees with one another and spares the machine."""

import ipaddress
import json
import tomllib
from pathlib import Path
from typing import Any

import yaml

from ops.controlplane.servers import SERVICE_ADDRESSES
from ops.image import pause
from ops.image.oci import canonical
from ops.node.configuration import CONTAINERD, NETWORK, PROXY, write_configuration
from ops.node.layout import ADDRESS, DNS_ADDRESS, GATEWAY, HOSTNAME, INSIDE, POD_CIDR, SOCKET, Layout
from ops.node.servers import NODE_SUBJECTS, PROXY_FLAGS
from ops.operators import dns


def written(directory: Path) -> tuple[Layout, dict[str, Any]]:
    """The files of a node in ``directory``: its layout, and kubelet's settings."""
    layout = Layout(directory)
    layout.configuration.mkdir(parents=True)
    write_configuration(layout)
    return layout, yaml.safe_load((layout.configuration / "kubelet.yaml").read_text())


def test_pods_live_in_the_control_group_of_this_node_and_no_other(tmp_path: Path) -> None:
    layout, kubelet = written(tmp_path / "node")
    assert kubelet["cgroupRoot"] == f"/{layout.cgroup}"
    assert kubelet["cgroupRoot"] != f"/{Layout(INSIDE).cgroup}"
    assert kubelet["cgroupDriver"] == "cgroupfs"


def test_pods_ask_the_address_at_which_coredns_is_served(tmp_path: Path) -> None:
    _, kubelet = written(tmp_path / "node")
    service = next(each for each in dns._objects("image") if each["kind"] == "Service")
    assert kubelet["clusterDNS"] == [service["spec"]["clusterIP"]] == [DNS_ADDRESS]
    assert f"kubernetes {kubelet['clusterDomain']} " in dns.COREFILE


def test_nodes_pods_and_services_have_addresses_of_their_own() -> None:
    pods, services = ipaddress.ip_network(POD_CIDR), ipaddress.ip_network(SERVICE_ADDRESSES)
    assert not pods.overlaps(services)
    assert ipaddress.ip_address(DNS_ADDRESS) in services
    (bridge, _) = NETWORK["plugins"]
    assert ipaddress.ip_network(bridge["ipam"]["ranges"][0][0]["subnet"]).subnet_of(pods)
    for each in (ADDRESS, GATEWAY):
        assert ipaddress.ip_address(each) not in pods and ipaddress.ip_address(each) not in services


def test_the_sandbox_image_is_the_pause_image_by_the_name_under_which_it_is_found() -> None:
    settings = tomllib.loads(CONTAINERD)["plugins"]["io.containerd.grpc.v1.cri"]
    assert settings["sandbox_image"] == canonical(pause.REFERENCE) == "docker.io/local/pause:1"


def test_kubelet_and_containerd_meet_at_one_socket(tmp_path: Path) -> None:
    _, kubelet = written(tmp_path / "node")
    assert kubelet["containerRuntimeEndpoint"] == f"unix://{SOCKET}"
    assert tomllib.loads(CONTAINERD)["grpc"]["address"] == SOCKET


def test_containerd_reads_the_network_that_is_written(tmp_path: Path) -> None:
    layout, _ = written(tmp_path / "node")
    cni = tomllib.loads(CONTAINERD)["plugins"]["io.containerd.grpc.v1.cri"]["cni"]
    below = Path(cni["conf_dir"]).relative_to(INSIDE)
    (found,) = (layout.directory / below).glob("*.conflist")
    assert json.loads(found.read_text()) == NETWORK
    assert found.parent.stat().st_mode & 0o077 == 0


def test_the_machines_connection_limits_are_left_alone() -> None:
    assert all(value in (0, "0s") for value in PROXY["conntrack"].values())
    assert {"maxPerCore", "min"} <= set(PROXY["conntrack"])


def test_no_server_asks_to_be_spared_when_memory_runs_out(tmp_path: Path) -> None:
    """That needs a capability which a container that serves as a machine may not have."""
    _, kubelet = written(tmp_path / "node")
    containerd = tomllib.loads(CONTAINERD)
    assert kubelet["oomScoreAdj"] == PROXY["oomScoreAdj"] == containerd["oom_score"] == 0
    assert containerd["plugins"]["io.containerd.grpc.v1.cri"]["restrict_oom_score_adj"] is True


def test_nobody_asks_the_kubelet_without_a_certificate_or_the_api_servers_word(tmp_path: Path) -> None:
    _, kubelet = written(tmp_path / "node")
    assert kubelet["authentication"]["anonymous"] == {"enabled": False}
    assert kubelet["authorization"] == {"mode": "Webhook"}


def test_every_certificate_that_the_kubelet_reads_is_made(tmp_path: Path) -> None:
    _, kubelet = written(tmp_path / "node")
    paths = [kubelet["tlsCertFile"], kubelet["tlsPrivateKeyFile"]]
    assert {Path(path).parent for path in paths} == {Layout(INSIDE).certificates}
    assert {Path(path).stem for path in paths} <= set(NODE_SUBJECTS)


def test_kube_proxy_is_told_of_the_file_that_is_written(tmp_path: Path) -> None:
    layout, _ = written(tmp_path / "node")
    path = layout.directory / Path(PROXY_FLAGS["config"]).relative_to(INSIDE)
    assert yaml.safe_load(path.read_text()) == PROXY
    assert (PROXY["hostnameOverride"], PROXY["clusterCIDR"]) == (HOSTNAME, POD_CIDR)


def test_names_beyond_the_cluster_are_asked_of_nobody(tmp_path: Path) -> None:
    """The node's network leads nowhere, so a question to a real name server would only ever time out."""
    layout, kubelet = written(tmp_path / "node")
    path = layout.directory / Path(kubelet["resolvConf"]).relative_to(INSIDE)
    (line,) = path.read_text().splitlines()
    assert ipaddress.ip_address(line.removeprefix("nameserver ")).is_loopback
