"""Opaque page cursors: the last row's sort key, so that rows arriving meanwhile neither repeat nor hide others."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from app.engine.api.problem import ApiError
from contract.api import ErrorCode

Position = tuple[datetime, UUID]


def encode(created_at: datetime, identity: UUID) -> str:
    """The cursor after the row made at ``created_at`` with id ``identity``."""
    return base64.urlsafe_b64encode(f"{created_at.isoformat()}|{identity}".encode()).decode().rstrip("=")


def decode(cursor: str) -> Position:
    """The position a cursor stands for. Raises :class:`ApiError` for anything that :func:`encode` did not make."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, identity = text.split("|")
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None:
            raise ValueError(moment)
        return at, UUID(identity)
    except (ValueError, binascii.Error) as error:
        raise ApiError(ErrorCode.INVALID_CURSOR, "The cursor is not one that this API gave out.") from error
