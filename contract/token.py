"""The short-lived Ed25519 token by which the engine authorises one turn of one step at one role's agent."""

from collections.abc import Sequence
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ValidationError

from contract.strict import Strict

ALGORITHM: Final = "EdDSA"
ISSUER: Final = "orchestration-engine"
LEEWAY_SECONDS: Final = 5


class TurnClaims(Strict):
    """What a token says. ``aud`` is the role id, ``sub`` the workflow, ``args`` the arguments' hash."""

    iss: str = ISSUER
    aud: str
    sub: str
    step: str
    attempt: int
    args: str
    iat: int
    exp: int


class TokenError(ValueError):
    """A token that does not authorise this call."""


def mint(claims: TurnClaims, key: Ed25519PrivateKey) -> str:
    """Sign ``claims``."""
    return jwt.encode(claims.model_dump(), key, algorithm=ALGORITHM)


def verify(token: str, keys: Sequence[Ed25519PublicKey], audience: str) -> TurnClaims:
    """Check signature by any of ``keys``, issuer, audience and times.

    Raises :class:`TokenError`; the reason names no secret.
    """
    unsigned = jwt.InvalidSignatureError("signed by no key that is known")
    for key in keys:
        try:
            return TurnClaims.model_validate(_decoded(token, key, audience))
        except jwt.InvalidSignatureError as error:
            unsigned = error
        except (jwt.InvalidTokenError, ValidationError) as error:
            raise TokenError(f"token refused: {type(error).__name__}") from error
    raise TokenError(f"token refused: {type(unsigned).__name__}") from unsigned


def _decoded(token: str, key: Ed25519PublicKey, audience: str) -> dict[str, Any]:
    return jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=audience,
        issuer=ISSUER,
        leeway=LEEWAY_SECONDS,
        options={"require": ["exp", "iat", "aud", "iss", "sub"]},
    )
