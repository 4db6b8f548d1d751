"""Certificates of one control plane: an own authority, one server and a few client certificates.

They are made once per data directory, live for years and never leave the machine.
"""

import datetime
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALIDITY = datetime.timedelta(days=3650)
SERVICE_HOSTS = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
SERVICE_ADDRESSES = ("127.0.0.1", "10.96.0.1")


@dataclass(frozen=True)
class KeyPair:
    """Paths of one certificate and its private key (PEM)."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Subject:
    """Whom a certificate names, and the addresses it is served at, if it is served at all."""

    common_name: str
    organization: str | None = None
    hosts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


SUBJECTS: Final[Mapping[str, Subject]] = {
    "server": Subject("kube-apiserver", hosts=SERVICE_HOSTS, addresses=SERVICE_ADDRESSES),
    "administrator": Subject("administrator", "system:masters"),
    "controller-manager": Subject("system:kube-controller-manager"),
}
"""What every control plane has."""


@dataclass(frozen=True)
class Certificates:
    """Files of one authority, all with mode 0600 below one directory."""

    directory: Path

    @property
    def authority(self) -> Path:
        """The authority's own certificate."""
        return self.directory / "ca.crt"

    @property
    def server(self) -> KeyPair:
        """The API server's, for its clients and etcd."""
        return self.pair("server")

    @property
    def administrator(self) -> KeyPair:
        """A member of the group that RBAC lets do everything."""
        return self.pair("administrator")

    @property
    def controller_manager(self) -> KeyPair:
        """The controller-manager's."""
        return self.pair("controller-manager")

    @property
    def service_account(self) -> KeyPair:
        """Signs service-account tokens; its ``certificate`` is the bare public key."""
        return KeyPair(self.directory / "service-account.pub", self.directory / "service-account.key")

    def pair(self, name: str) -> KeyPair:
        """The files of one subject."""
        return KeyPair(self.directory / f"{name}.crt", self.directory / f"{name}.key")


def ensure_certificates(directory: Path, subjects: Mapping[str, Subject] = SUBJECTS) -> Certificates:
    """Return the certificates in ``directory``, making them when they are not all there."""
    certificates = Certificates(directory)
    if not (directory / "complete").exists():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(certificates, subjects)
        _write(directory / "complete", b"")
    return certificates


def _make(certificates: Certificates, subjects: Mapping[str, Subject]) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    name = _name("mcp-platform-local-ca")
    authority = (
        _builder(name, name, authority_key, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    _write(certificates.authority, authority.public_bytes(serialization.Encoding.PEM))
    for entry, subject in subjects.items():
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(subject.common_name, subject.organization), authority.subject, key, authority_key)
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in subject.hosts]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in subject.addresses]
        if names:
            uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(_key_usage(authority=False), critical=True)
            .sign(authority_key, hashes.SHA256())
        )
        _write(certificates.pair(entry).certificate, certificate.public_bytes(serialization.Encoding.PEM))
        _write(certificates.pair(entry).key, _private(key))
    signer = ec.generate_private_key(ec.SECP256R1())
    public = signer.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write(certificates.service_account.certificate, public)
    _write(certificates.service_account.key, _private(signer))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    """Python 3.13 verifies strictly: without both key identifiers it trusts nothing."""
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str, organization: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)
