"""What makes a preview quicker and a state smaller without changing what is made.

Measured with 255 resources: half of the program's time, four tenths of the state.
"""

import gc
import os
from typing import Final

import pulumi.log
import pulumi.runtime.resource
from pulumi.runtime.proto import source_pb2

WANTED: Final = "MCP_PULUMI_DEBUG"
"""Set to anything, nothing is left out: for ``pulumi up --debug``."""


def hurry() -> None:
    """Call once, before anything else is imported.

    * A program that ends soon needs no collector of cycles.
    * The SDK sends several debug messages for each resource to the engine, waits for each, and the engine shows them
      under ``--debug`` alone.
    * The SDK records for each resource the stack of calls that led to it: the engine writes them, with the absolute
      paths of whoever ran it, into every checkpoint of the state.
    """
    gc.disable()
    if not os.environ.get(WANTED):
        pulumi.log.debug = _unsaid
        pulumi.runtime.resource._get_stack_trace = source_pb2.StackTrace  # pyright: ignore[reportPrivateUsage]


def _unsaid(*_: object, **__: object) -> None:
    """A debug message that is not sent."""
