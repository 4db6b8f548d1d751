"""``python -m app engine``: settings from the environment, then the service until SIGTERM or SIGINT."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Mapping

from app.engine.core import durable_core
from app.engine.service import serve
from app.engine.settings import EngineSettings, parse
from app.environment import BadEnvironmentError
from app.logging import configure

LOGGER = logging.getLogger(__name__)


def main(variables: Mapping[str, str]) -> int:
    """Run the engine; 0 after an orderly drain, 1 where something ended it. Raises :class:`BadEnvironmentError`."""
    settings = parse(variables)
    configure("engine", f"{socket.gethostname()}:{os.getpid()}", settings.log_level)
    try:
        asyncio.run(_until_told(settings))
    except BadEnvironmentError:
        raise
    except Exception:
        LOGGER.critical("the engine cannot go on", exc_info=True)
        return 1
    return 0


async def _until_told(settings: EngineSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, durable_core, stop)
