"""Starts one command exactly as a specification says: its environment and no other, its directory, its user."""

import asyncio
import pwd
from asyncio.subprocess import DEVNULL, Process
from typing import IO

from ops.local.spec import ProcessSpec


async def launch(spec: ProcessSpec, command: tuple[str, ...], output: IO[bytes] | None = None) -> Process:
    """Start ``command`` in a session of its own, its output to ``output`` or nowhere. Raises ``OSError``."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=DEVNULL,
        stdout=DEVNULL if output is None else output,
        stderr=DEVNULL if output is None else output,
        env=spec.environment,
        cwd=spec.directory,
        start_new_session=True,
        user=spec.user,
        group=None if spec.user is None else pwd.getpwuid(spec.user).pw_gid,
        extra_groups=None if spec.user is None else [],
    )
