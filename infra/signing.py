"""The engine's Ed25519 key pair from a 32-byte seed."""

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class KeyPair:
    """PEM: PKCS#8 and SubjectPublicKeyInfo."""

    private: str
    public: str


def key_pair(seed: str) -> KeyPair:
    """The key pair of ``seed`` (32 bytes in base64): the same seed always gives the same keys."""
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private=private.decode(), public=public.decode())
