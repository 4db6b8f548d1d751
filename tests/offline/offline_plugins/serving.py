"""Serving one plugin over gRPC the way Pulumi's engine expects it."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent import futures

import grpc

from offline_plugins import OfflineOnlyError, require_file_backend

MESSAGE_BYTES = 400 << 20


def engine_address() -> str:
    """Return the address of the engine that started this plugin: its last argument; empty where there is none."""
    return sys.argv[-1] if len(sys.argv) > 1 and not sys.argv[-1].startswith("-") else ""


def serve(register: Callable[[grpc.Server], None], workers: int = 64) -> None:
    """Serve on a free loopback port, print the port, and return after SIGINT or SIGTERM or when the engine is gone.

    The engine ends plugins with SIGINT, which is therefore no error. A plugin whose engine was killed must end too.
    """
    try:
        require_file_backend()
    except OfflineOnlyError as error:
        sys.exit(f"error: {error}")
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(workers), options=options)
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    engine = os.getppid()
    while not over.wait(1.0):
        if os.getppid() != engine:
            break
    server.stop(grace=0)
    sys.stdout.flush()
    os._exit(0)  # program and worker threads may still wait for an engine that is not there any more
