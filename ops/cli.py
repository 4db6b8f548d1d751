"""``mcp-ops``: the operators' command. A thin group; each command lives in a module of its own."""

import click

from ops.logs import logs
from ops.status import status
from ops.workflow import workflow


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Operate the MCP agent orchestration platform.

    Exit codes: 0 done, 1 a workflow failed or something is not ready, 2 wrong request, 3 nothing answers.
    """


main.add_command(logs)
main.add_command(status)
main.add_command(workflow)
