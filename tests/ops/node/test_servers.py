"""The node's servers: each with what it needs to be trusted, and none that listens where others could reach it."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ops.controlplane.certificates import ensure_certificates
from ops.node.configuration import PROXY
from ops.node.init import Need, Server
from ops.node.layout import ADDRESS, HOSTNAME, INSIDE, Layout
from ops.node.servers import CLIENTS, NODE_SUBJECTS, NodePrograms, kubeconfig, servers

HERE = Layout(INSIDE)
PROGRAMS = NodePrograms(*(Path("/programs") / name for name in ("etcd", "api", "manager", "scheduler", "let", "proxy")))


def named(name: str) -> Server:
    """One of the servers."""
    return next(each for each in servers(PROGRAMS) if each.name == name)


def flags(server: Server) -> dict[str, str]:
    """Its flags; a later one of the same name wins, as for the server."""
    pairs = (each.removeprefix("--").partition("=") for each in server.command if each.startswith("--"))
    return {name: value for name, _, value in pairs}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, x509.Certificate]:
    """Every certificate of a node, by the name of its file."""
    made = ensure_certificates(tmp_path_factory.mktemp("tls"), NODE_SUBJECTS)
    return {
        name: x509.load_pem_x509_certificate(made.pair(name).certificate.read_bytes()) for name in (*NODE_SUBJECTS,)
    }


def attribute(certificate: x509.Certificate, name: x509.ObjectIdentifier) -> list[object]:
    """Values of one part of a subject."""
    return [each.value for each in certificate.subject.get_attributes_for_oid(name)]


def test_every_server_that_talks_to_the_api_server_has_a_certificate_and_a_kubeconfig_of_its_own() -> None:
    used = {flags(each)["kubeconfig"] for each in servers(PROGRAMS) if "kubeconfig" in flags(each)}
    used.add(PROXY["clientConnection"]["kubeconfig"])
    assert used == {str(kubeconfig(client)) for client in CLIENTS}
    assert set(CLIENTS) <= set(NODE_SUBJECTS)


def test_every_certificate_on_a_command_line_is_made() -> None:
    made = {"ca", "service-account", *NODE_SUBJECTS}
    named_there = {
        Path(value).stem
        for each in servers(PROGRAMS)
        for value in flags(each).values()
        if value.startswith(str(HERE.certificates))
    }
    assert named_there <= made
    assert {"server", "kubelet-client", "front-proxy-client"} <= named_there


def test_what_a_node_needs_of_the_api_server_wins_over_what_one_without_nodes_has() -> None:
    api = flags(named("kube-apiserver"))
    assert api["authorization-mode"] == "Node,RBAC"
    assert api["advertise-address"] == ADDRESS
    assert api["endpoint-reconciler-type"] == "lease"
    assert api["anonymous-auth"] == "false"
    command = [each.partition("=")[0] for each in named("kube-apiserver").command]
    assert len(command) == len(set(command)), "a flag is given twice"


def test_the_api_server_is_trusted_at_the_nodes_address_and_by_the_names_that_pods_use(
    certificates: dict[str, x509.Certificate],
) -> None:
    names = certificates["server"].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"127.0.0.1", "10.96.0.1", ADDRESS} <= {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    assert {"localhost", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"} <= set(
        names.get_values_for_type(x509.DNSName)
    )


def test_the_kubelet_is_this_node_and_in_the_group_that_nodes_are_authorised_by(
    certificates: dict[str, x509.Certificate],
) -> None:
    kubelet = certificates["kubelet"]
    assert attribute(kubelet, NameOID.COMMON_NAME) == [f"system:node:{HOSTNAME}"]
    assert attribute(kubelet, NameOID.ORGANIZATION_NAME) == ["system:nodes"]
    assert flags(named("kubelet"))["hostname-override"] == HOSTNAME
    names = kubelet.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == [ADDRESS]


def test_only_the_administrator_and_the_api_servers_own_client_may_do_everything(
    certificates: dict[str, x509.Certificate],
) -> None:
    masters = {
        name for name, each in certificates.items() if "system:masters" in attribute(each, NameOID.ORGANIZATION_NAME)
    }
    assert masters == {"administrator", "kubelet-client"}


def test_a_client_alone_cannot_pass_for_a_server(certificates: dict[str, x509.Certificate]) -> None:
    for name, subject in NODE_SUBJECTS.items():
        uses = certificates[name].extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        serves = bool(subject.hosts or subject.addresses)
        assert (ExtendedKeyUsageOID.SERVER_AUTH in uses) is serves


def test_etcd_listens_on_loopback_alone_and_asks_everybody_for_a_certificate() -> None:
    etcd = flags(named("etcd"))
    assert all("//127.0.0.1:" in etcd[name] for name in ("listen-client-urls", "listen-peer-urls"))
    assert etcd["client-cert-auth"] == "true"


def test_what_needs_the_api_server_waits_for_it_and_what_it_needs_does_not() -> None:
    needs = {each.name: each.need for each in servers(PROGRAMS)}
    assert {name for name, need in needs.items() if need is Need.NOTHING} == {"etcd", "containerd", "kube-apiserver"}
    assert needs["kubelet"] is Need.RUNTIME_AND_API


def test_every_server_reads_and_writes_below_the_nodes_own_directory_or_what_is_laid_over() -> None:
    laid_over = (str(INSIDE), "/var/lib/", "/run/", "/programs/", "/usr/bin/")
    for server in servers(PROGRAMS):
        paths = [part.rpartition("=")[2] for part in server.command]
        assert all(path.startswith(laid_over) for path in paths if path.startswith("/")), server.name
