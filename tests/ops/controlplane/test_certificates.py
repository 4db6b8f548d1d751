"""Certificates: made once, readable by us alone, trusted by one another."""

from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from ops.controlplane.certificates import ensure_certificates


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


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    ensure_certificates(tmp_path / "tls")
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "tls").iterdir()} == {0o600}


def test_they_are_made_once_and_again_after_an_interruption(tmp_path: Path) -> None:
    first = ensure_certificates(tmp_path).authority.read_bytes()
    assert ensure_certificates(tmp_path).authority.read_bytes() == first
    (tmp_path / "complete").unlink()
    assert ensure_certificates(tmp_path).authority.read_bytes() != first
