"""``python -m app engine|agent|migrate``: the command of every container of ours.

Each command imports only what it runs, so that a migration loads neither the MCP nor any LLM SDK.
Exit codes: 0 after an orderly end, 2 for a bad environment, 1 for anything else.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from app.environment import BadEnvironmentError
from contract.environment import COMMANDS


def main(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run one command until it ends; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m app", description="One process of the platform.")
    parser.add_argument("command", choices=COMMANDS, help="which process this is")
    command: str = parser.parse_args(arguments).command
    try:
        return _run(command, variables)
    except BadEnvironmentError as fault:
        print(f"{command}: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(command: str, variables: Mapping[str, str]) -> int:
    match command:
        case "engine":
            from app.engine import main as engine

            return engine.main(variables)
        case "agent":
            from app.agent import main as agent

            return agent.main(variables)
        case _:
            from app.migrations import main as migrations

            return migrations.main(variables)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
