"""pulumi-language-python: runs Pulumi programs and policy packs with the interpreter it was started with."""

# ruff: noqa: N802, ARG002 - gRPC prescribes the methods' names and arguments

import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from offline_plugins.serving import engine_address, serve


class Host(LanguageServer):
    """The Automation API's language server, taught to run a program from a directory.

    Args:
        engine: address of Pulumi's engine, for log messages.
    """

    def __init__(self, engine: str) -> None:
        super().__init__(self._program)
        self._engine = engine
        self._entry = Path.cwd()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing to agree on."""
        return language_pb2.LanguageHandshakeResponse()

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run the program that the project's ``main`` names."""
        directory = request.info.program_directory or request.pwd or "."
        self._entry = Path(directory, request.info.entry_point or ".").resolve()
        if request.pwd:
            os.chdir(request.pwd)
        if self._engine:
            request.args.insert(0, self._engine)
        return super().Run(request, context)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Say that this is not the official host."""
        return plugin_pb2.PluginInfo(version="3.259.0-offline")

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Dependencies are installed by the project's own set-up."""
        yield language_pb2.InstallDependenciesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: grpc.ServicerContext) -> Any:
        """There are no options to ask for."""
        return language_pb2.RuntimeOptionsResponse()

    def GetProgramDependencies(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Dependencies are listed in the project's requirements, not here."""
        return language_pb2.GetProgramDependenciesResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The engine ends the process after this."""
        return empty_pb2.Empty()

    def RunPlugin(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Run a plugin written in Python, such as a policy pack, and stream what it prints."""
        entry = Path(request.info.program_directory or request.program, request.info.entry_point or ".")
        environment = dict(each.split("=", 1) for each in request.env if "=" in each)
        process = subprocess.Popen(
            [sys.executable, "-u", str(entry.resolve()), *request.args],
            cwd=request.pwd or None,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        context.add_callback(process.terminate)
        output: SimpleQueue[Any] = SimpleQueue()

        def pump(stream: IO[bytes], field: str) -> None:
            while chunk := os.read(stream.fileno(), 65536):
                output.put(language_pb2.RunPluginResponse(**{field: chunk}))
            output.put(None)

        for stream, field in ((process.stdout, "stdout"), (process.stderr, "stderr")):
            threading.Thread(target=pump, args=(stream, field), daemon=True).start()
        still_open = 2
        while still_open:
            message = output.get()
            if message is None:
                still_open -= 1
            else:
                yield message
        yield language_pb2.RunPluginResponse(exitcode=process.wait())

    def _program(self) -> None:
        runpy.run_path(str(self._entry), run_name="__main__")


def main() -> None:
    """Serve."""
    host = Host(engine_address())
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server), workers=16)
