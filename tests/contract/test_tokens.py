"""The engine's token: one bit changed anywhere, another key, role or time, and it authorises nothing."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.token import LEEWAY_SECONDS, TokenError, TurnClaims, mint, verify
from contract.turn import arguments_hash
from tests.agents.turns import turn

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key()


def claims(**changes: Any) -> TurnClaims:
    now = int(time.time())
    given: dict[str, Any] = {
        "aud": "developer",
        "sub": "w",
        "step": "s",
        "attempt": 1,
        "args": "0" * 64,
        "iat": now,
        "exp": now + 30,
    }
    return TurnClaims.model_validate(given | changes)


def test_what_was_minted_is_read_back() -> None:
    minted = claims()
    assert verify(mint(minted, KEY), (PUBLIC,), "developer") == minted


TOKEN = mint(claims(), KEY)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCxyz019-_.="))
def test_no_character_of_a_token_can_be_changed(position: int, character: str) -> None:
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    if changed == TOKEN or _same_bytes(changed, TOKEN):
        return
    with pytest.raises(TokenError):
        verify(changed, (PUBLIC,), "developer")


def _same_bytes(one: str, other: str) -> bool:
    """The last character of a base64 part has spare bits: two spellings of the same bytes."""
    try:
        parts = [[base64.urlsafe_b64decode(part + "==") for part in token.split(".")] for token in (one, other)]
    except ValueError:
        return False
    return parts[0] == parts[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "qa_tester"},
        {"iss": "someone-else"},
        {"exp": int(time.time()) - LEEWAY_SECONDS - 1},
        {"iat": int(time.time()) + 3600},
    ],
)
def test_another_audience_issuer_or_time_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        verify(mint(claims(**changes), KEY), (PUBLIC,), "developer")


def test_any_of_several_keys_is_enough() -> None:
    keys = (Ed25519PrivateKey.generate().public_key(), PUBLIC)
    minted = claims()
    assert verify(mint(minted, KEY), keys, "developer") == minted


def test_no_key_at_all_accepts_nothing() -> None:
    with pytest.raises(TokenError):
        verify(mint(claims(), KEY), (), "developer")


def test_another_key_is_refused() -> None:
    with pytest.raises(TokenError):
        verify(mint(claims(), Ed25519PrivateKey.generate()), (PUBLIC,), "developer")


@pytest.mark.parametrize("left_out", ["exp", "iat", "aud", "iss", "sub", "args", "step", "attempt"])
def test_every_claim_is_required(left_out: str) -> None:
    payload = claims().model_dump()
    del payload[left_out]
    with pytest.raises(TokenError):
        verify(jwt.encode(payload, KEY, algorithm="EdDSA"), (PUBLIC,), "developer")


def test_an_unsigned_token_is_refused() -> None:
    with pytest.raises(TokenError):
        verify(jwt.encode(claims().model_dump(), None, algorithm="none"), (PUBLIC,), "developer")


def test_the_public_key_is_no_hmac_secret() -> None:
    secret = PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256"}).encode()).rstrip(b"=").decode()
    body = jwt.encode(claims().model_dump(), secret.hex(), algorithm="HS256").split(".")
    for token in (".".join(body), f"{header}.{body[1]}.{body[2]}"):
        with pytest.raises(TokenError):
            verify(token, (PUBLIC,), "developer")


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "x" * 10_000, "é.é.é"])
def test_what_is_no_token_is_refused_without_its_text(token: str) -> None:
    with pytest.raises(TokenError) as refused:
        verify(token, (PUBLIC,), "developer")
    assert len(str(refused.value)) < 60


def test_the_arguments_hash_binds_every_field() -> None:
    one = turn()
    changes: list[dict[str, Any]] = [
        {"task": "other"},
        {"inputs": {}},
        {"number": 2},
        {"iteration": 1},
        {"final": True},
        {"max_output_tokens": 1001},
        {"artifacts": ("a",)},
        {"role_digest": "x"},
    ]
    hashes = {arguments_hash(turn(**change)) for change in changes} | {arguments_hash(one)}
    assert len(hashes) == len(changes) + 1
    assert arguments_hash(one) == arguments_hash(type(one).model_validate_json(one.model_dump_json()))
