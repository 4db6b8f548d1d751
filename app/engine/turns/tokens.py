"""Mints the token of one call: for one role, one turn of one step, and these very arguments."""

import time
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.token import TurnClaims, mint
from contract.turn import TurnRequest, arguments_hash

VALID_SECONDS: Final = 30
"""Long enough to be connected and checked; the turn itself may outlive its token."""


class TokenMint:
    """Signs with the engine's private key as ``key`` gives it now."""

    def __init__(self, key: Callable[[], Ed25519PrivateKey], clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def __call__(self, turn: TurnRequest) -> str:
        """A token for ``turn``."""
        now = int(self._clock())
        claims = TurnClaims(
            aud=turn.role,
            sub=turn.workflow,
            step=turn.step,
            attempt=turn.attempt,
            args=arguments_hash(turn),
            iat=now,
            exp=now + VALID_SECONDS,
        )
        return mint(claims, self._key())
