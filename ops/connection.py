"""Where the platform is and how commands reach it: options, else the environment, else what ``make up`` wrote.

Exit codes of every command: 0 done; 1 the workflow failed, or something is not ready; 2 the request is wrong;
3 nothing answers.
"""

import asyncio
import functools
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import click
from pydantic import TypeAdapter, ValidationError

from client.errors import RefusedError, UnreachableError
from client.platform import PlatformClient

STATE_FILE: Final = Path(__file__).resolve().parent.parent / ".local" / "platform.json"
"""Written by ``make up``: keys http_url, ws_url, token_file."""


class Exit(IntEnum):
    """Exit codes."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3


@dataclass(frozen=True)
class Connection:
    """Addresses and token of one platform, and how to report."""

    http_url: str
    ws_url: str
    token: str
    as_json: bool

    def client(self, *, attempts: int = 4) -> PlatformClient:
        """A client of it."""
        return PlatformClient(self.http_url, self.token, ws_url=self.ws_url, attempts=attempts)

    def report(self, document: Any) -> None:
        """Print one JSON object."""
        click.echo(json.dumps(document, ensure_ascii=False))


def stop(code: Exit, sentence: str) -> "click.exceptions.Exit":
    """The exception that ends a command with ``sentence`` on standard error."""
    click.echo(f"{click.style('error', fg='red')}: {sentence}", err=True)
    return click.exceptions.Exit(code)


def connected(
    command: Callable[..., Awaitable[Exit]],
) -> Callable[..., None]:
    """Give an async command the connection options and its :class:`Connection`; errors become exit codes."""

    @click.option("--url", envvar="MCP_URL", show_envvar=True, help="HTTP address of the engine.")
    @click.option("--ws-url", envvar="MCP_WS_URL", show_envvar=True, help="WebSocket address of the engine.")
    @click.option(
        "--token-file",
        envvar="MCP_TOKEN_FILE",
        show_envvar=True,
        type=click.Path(path_type=Path),
        help="File that holds an API token.",
    )
    @click.option(
        "--token", envvar="MCP_TOKEN", help="API token; prefer --token-file: processes are visible to others."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @functools.wraps(command)
    def run(**options: Any) -> None:
        taken = {name: options.pop(name) for name in ("url", "ws_url", "token_file", "token", "as_json")}
        connection = _find(**taken)
        try:
            code = asyncio.run(_awaited(command(connection, **options)))
        except RefusedError as error:
            wrong = 400 <= error.problem.status < 500 and error.problem.status != 429
            raise stop(Exit.USAGE if wrong else Exit.UNREACHABLE, str(error)) from error
        except UnreachableError as error:
            raise stop(Exit.UNREACHABLE, f"{error}. Is the platform up? `make up` starts it here") from error
        except KeyboardInterrupt:
            sys.exit(130)
        if code:
            raise click.exceptions.Exit(code)

    return run


async def _awaited(outcome: Awaitable[Exit]) -> Exit:
    return await outcome


def _find(
    url: str | None, ws_url: str | None, token_file: Path | None, token: str | None, *, as_json: bool
) -> Connection:
    state = _state() if url is None else {}
    url = url or state.get("http_url")
    if url is None:
        raise stop(Exit.USAGE, f"no engine is known: give --url, or run `make up`, which writes {STATE_FILE}")
    ws_url = ws_url or state.get("ws_url") or _beside(url)
    if token is None:
        source = token_file or (Path(state["token_file"]) if "token_file" in state else None)
        if source is None:
            raise stop(Exit.USAGE, "no token is known: give --token-file, or set MCP_TOKEN_FILE")
        try:
            token = source.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise stop(Exit.USAGE, f"the token file {source} cannot be read: {error.strerror}") from error
    return Connection(url, ws_url, token, as_json)


def _beside(url: str) -> str:
    """The WebSocket address of an engine whose HTTP address is ``url``, behind one host: the ingress splits by path."""
    return "ws" + url.removeprefix("http")


def _state() -> dict[str, str]:
    path = Path(os.environ.get("MCP_STATE_FILE", STATE_FILE))
    try:
        return TypeAdapter(dict[str, str]).validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise stop(Exit.USAGE, f"{path} cannot be read ({type(error).__name__}): run `make up` again") from error
