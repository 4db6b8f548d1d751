"""Certificates: made once, readable by us alone, trusted by one another."""

import ssl
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from ops.controlplane.certificates import SUBJECTS, Subject, ensure_certificates


def load(path: Path) -> x509.Certificate:
    """Read one certificate."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_every_certificate_is_signed_by_the_own_authority(tmp_path: Path) -> None:
    made = ensure_certificates(tmp_path / "tls")
    authority = load(made.authority)
    for pair in (made.server, made.administrator, made.controller_manager):
        load(pair.certificate).verify_directly_issued_by(authority)


def test_the_administrator_is_in_the_group_that_rbac_trusts(tmp_path: Path) -> None:
    subject = load(ensure_certificates(tmp_path / "tls").administrator.certificate).subject
    assert [each.value for each in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["system:masters"]


def test_a_subject_that_is_asked_for_is_made_beside_the_usual_ones_with_its_names_and_addresses(tmp_path: Path) -> None:
    kubelet = Subject("system:node:one", "system:nodes", hosts=("one",), addresses=("10.0.0.10",))
    made = ensure_certificates(tmp_path / "tls", {**SUBJECTS, "kubelet": kubelet})
    found = load(made.pair("kubelet").certificate)
    assert found.subject.rfc4514_string() == "CN=system:node:one,O=system:nodes"
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["one"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.10"]
    found.verify_directly_issued_by(load(made.authority))
    assert made.administrator.certificate.exists()


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    ensure_certificates(tmp_path / "tls")
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "tls").iterdir()} == {0o600}


def test_they_are_made_once_and_again_after_an_interruption(tmp_path: Path) -> None:
    first = ensure_certificates(tmp_path).authority.read_bytes()
    assert ensure_certificates(tmp_path).authority.read_bytes() == first
    (tmp_path / "complete").unlink()
    assert ensure_certificates(tmp_path).authority.read_bytes() != first


def test_a_strict_client_and_server_trust_one_another(tmp_path: Path) -> None:
    """As Python 3.13 and later verify by default."""
    made = ensure_certificates(tmp_path)
    client = ssl.create_default_context(cafile=str(made.authority))
    client.load_cert_chain(made.administrator.certificate, made.administrator.key)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(made.authority))
    server.load_cert_chain(made.server.certificate, made.server.key)
    server.verify_mode = ssl.CERT_REQUIRED
    for context in (client, server):
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert all(end.getpeercert() for end in ends)
