"""Watching a workflow's events over WebSocket; reconnects from the last seq, so nothing is missed or said twice."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from client.errors import RefusedError, UnreachableError
from contract.api import EVENTS_PATH, HEARTBEAT, CloseCode, Event, Problem

OPEN_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 1.0
"""A watcher that leaves with messages unread does not wait for the engine's last word."""
SILENCE_SECONDS: Final = 45.0
"""Three missed heartbeats: the connection is dead, whatever TCP says."""
MESSAGE_BYTES: Final = 16 * 1024 * 1024
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 3.0


async def watch(ws_url: str, token: str, workflow_id: UUID, after: int, patience: float) -> AsyncGenerator[Event]:
    """Events after seq ``after`` until the workflow is finished. See :meth:`client.platform.PlatformClient.watch`."""
    seen = after
    pause = FIRST_PAUSE
    reached = time.monotonic()
    while True:
        url = f"{ws_url}{EVENTS_PATH.format(workflow_id=workflow_id)}?after={seen}"
        try:
            async with connect(
                url,
                additional_headers={"Authorization": f"Bearer {token}"},
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                max_size=MESSAGE_BYTES,
                compression=None,
                proxy=None,
            ) as connection:
                reached, pause = time.monotonic(), FIRST_PAUSE
                async for event in _events(connection):
                    reached = time.monotonic()
                    if event.seq != seen + 1:
                        break  # never said by a sound engine; ask again from what is certain
                    seen = event.seq
                    yield event
                else:
                    return
        except InvalidURI as error:
            raise UnreachableError(ws_url, str(error)) from error
        except InvalidStatus as error:
            refused = _refusal(error)
            if refused.problem.status not in (429, 500, 502, 503, 504):
                raise refused from error
            reason = str(refused)
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == CloseCode.UNAUTHORIZED:
                raise UnreachableError(ws_url, "the token is no longer valid") from error
            reason = str(error)
        except (OSError, TimeoutError, InvalidHandshake) as error:
            reason = str(error) or type(error).__name__
        else:
            reason = "it skipped an event"
        if time.monotonic() - reached > patience:
            raise UnreachableError(ws_url, reason)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _events(connection: ClientConnection) -> AsyncGenerator[Event]:
    """Events of one connection; ends where the engine says that the workflow is finished."""
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                message = await connection.recv()
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == CloseCode.FINISHED:
                return
            raise
        document: dict[str, Any] = json.loads(message)
        if document.get("type") != HEARTBEAT:
            yield Event.model_validate(document)


def _refusal(error: InvalidStatus) -> RefusedError:
    status = error.response.status_code
    try:
        return RefusedError(Problem.model_validate_json(error.response.body or b""))
    except ValidationError:
        detail = f"status {status} without a problem document"
        return RefusedError(
            Problem(type="about:blank", title="", status=status, detail=detail, code="unknown", request_id="-")
        )
