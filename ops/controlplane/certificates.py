"""Certificates of one control plane: an own authority, one server and a few client certificates.

They are made once per data directory, live for years and never leave the machine.
"""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

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
class Certificates:
    """Files the three servers and the administrator use, all with mode 0600 below one directory."""

    authority: Path
    server: KeyPair
    administrator: KeyPair
    controller_manager: KeyPair
    service_account: KeyPair
    """Signs service-account tokens; its ``certificate`` is the bare public key."""


def ensure_certificates(directory: Path) -> Certificates:
    """Return the certificates in ``directory``, making them when they are not all there."""
    certificates = _layout(directory)
    if not (directory / "complete").exists():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(certificates)
        _write(directory / "complete", b"")
    return certificates


def _layout(directory: Path) -> Certificates:
    def pair(name: str) -> KeyPair:
        return KeyPair(directory / f"{name}.crt", directory / f"{name}.key")

    return Certificates(
        authority=directory / "ca.crt",
        server=pair("server"),
        administrator=pair("administrator"),
        controller_manager=pair("controller-manager"),
        service_account=KeyPair(directory / "service-account.pub", directory / "service-account.key"),
    )


def _make(certificates: Certificates) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    name = _name("mcp-platform-local-ca")
    authority = (
        _builder(name, name, authority_key, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    _write(certificates.authority, authority.public_bytes(serialization.Encoding.PEM))
    server_names: list[x509.GeneralName] = [x509.DNSName(host) for host in SERVICE_HOSTS]
    server_names += [x509.IPAddress(ipaddress.ip_address(address)) for address in SERVICE_ADDRESSES]
    for pair, subject, names in (
        (certificates.server, _name("kube-apiserver"), server_names),
        (certificates.administrator, _name("administrator", "system:masters"), None),
        (certificates.controller_manager, _name("system:kube-controller-manager"), None),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject, authority.subject, key, authority_key)
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if names is not None:
            uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(_key_usage(authority=False), critical=True)
            .sign(authority_key, hashes.SHA256())
        )
        _write(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM))
        _write(pair.key, _private(key))
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
