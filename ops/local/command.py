"""The command line of ``python -m ops.local``, and the one place where errors become sentences."""

import argparse
import errno
import json
import signal
import sys

import httpx

from client.errors import ClientError
from ops.controlplane.api import ApiError, UnknownKindError
from ops.controlplane.failure import ControlPlaneError
from ops.image.failure import ImageError
from ops.local.failure import LocalError, disk_full, is_exhausted, require_space
from ops.local.state import State, exclusive, this_state
from ops.node.failure import NodeError
from ops.operators.failure import OperatorError
from ops.toolchain.failure import ToolchainError

INTERRUPTED = 130
REFUSALS = (NodeError, ImageError, OperatorError)


def main(arguments: list[str]) -> int:
    """Run one command. Whatever goes wrong is one sentence on standard error, and an exit code that is not zero."""
    chosen = parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    state = this_state()
    try:
        if chosen.command not in ("up", "down", "dev"):
            return run(chosen, state)
        state.make()
        if chosen.command != "down":
            require_space(state.directory)
        with exclusive(state):
            return run(chosen, state)
    except (LocalError, ControlPlaneError, ToolchainError, ClientError, *REFUSALS) as error:
        sentence = str(error)
    except (ApiError, UnknownKindError, httpx.TransportError) as error:
        sentence = f"The local API server refused or did not answer ({error}): `make down && make up` starts it anew."
    except TimeoutError:
        sentence = "It took longer than it may: see `make logs`, then run `make up` again."
    except OSError as error:
        full = disk_full(error)
        if full is None:
            raise
        sentence = str(full)
    except KeyboardInterrupt:
        print("\ninterrupted; what this run had started is ended", file=sys.stderr)
        return INTERRUPTED
    if is_exhausted(state.directory) or "no space left" in sentence.lower():
        sentence = str(disk_full(OSError(errno.ENOSPC, "", str(state.directory))))
    print(f"\nerror: {sentence}", file=sys.stderr)
    return 1


def run(chosen: argparse.Namespace, state: State) -> int:
    """Dispatch; each command is imported when it is called, so that `status` is quick."""
    match chosen.command:
        case "up":
            from ops.local.up import up

            return up(state)
        case "down":
            from ops.local.down import down

            return down(state, purge=chosen.purge)
        case "status":
            from ops.local.status import status

            return status(state, as_json=chosen.json)
        case "logs":
            from ops.local.logs import logs

            return logs(state, chosen.name, follow=chosen.follow)
        case "outputs":
            from ops.local.outputs import outputs

            print(json.dumps(outputs(state), indent=2))
            return 0
        case _:
            from ops.local.dev import dev

            return dev(state)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(prog="python -m ops.local", description="The platform on this machine.")
    commands = whole.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="stand it up and run a workflow on it")
    down = commands.add_parser("down", help="end every process")
    down.add_argument("--purge", action="store_true", help="remove all data too")
    status = commands.add_parser("status", help="what runs and whether it is ready")
    status.add_argument("--json", action="store_true", help="for programs")
    logs = commands.add_parser("logs", help="what processes wrote")
    logs.add_argument("name", nargs="?", help="one process, or the beginning of its name")
    logs.add_argument("-f", "--follow", action="store_true", help="go on until interrupted")
    commands.add_parser("outputs", help="outputs of the stack, as JSON")
    commands.add_parser("dev", help="the app alone, reloading")
    return whole
