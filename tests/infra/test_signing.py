"""The engine's key pair follows from its seed, and its halves belong together."""

import base64

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from infra.signing import key_pair

SEED = base64.b64encode(bytes(range(32))).decode()


def test_the_same_seed_gives_the_same_keys() -> None:
    assert key_pair(SEED) == key_pair(SEED)


def test_the_public_key_verifies_what_the_private_key_signs() -> None:
    pair = key_pair(SEED)
    private = load_pem_private_key(pair.private.encode(), password=None)
    public = load_pem_public_key(pair.public.encode())
    public.verify(private.sign(b"turn"), b"turn")
