"""``mcp-ops status``: is the engine ready, do the agents answer, what is being worked on."""

import click

from contract.api import AgentHealth, Readiness, Roles, Summary
from ops.connection import Connection, Exit, connected


@click.command()
@connected
async def status(connection: Connection) -> Exit:
    """Engine readiness, each agent, and workflows by status."""
    async with connection.client(attempts=1) as client:
        readiness = await client.readiness()
        roles = await client.roles()
        summary = await client.summary()
    healthy = readiness.ready and all(role.agent is not None and role.agent.ready for role in roles.items)
    if connection.as_json:
        connection.report(
            {
                "healthy": healthy,
                "url": connection.http_url,
                "engine": readiness.model_dump(mode="json"),
                "agents": {r.id: r.agent.model_dump(mode="json") if r.agent else None for r in roles.items},
                "workflows": summary.workflows,
            }
        )
    else:
        _print(connection, readiness, roles, summary)
    return Exit.OK if healthy else Exit.FAILED


def _print(connection: Connection, readiness: Readiness, roles: Roles, summary: Summary) -> None:
    click.echo(f"engine     {_mark(ready=readiness.ready)}  {connection.http_url}")
    for name, said in readiness.checks.items():
        if said != "ok":
            click.echo(f"             {name}: {said}")
    for role in roles.items:
        agent = role.agent or AgentHealth.model_construct(ready=False, detail="no endpoint is configured")
        click.echo(f"agent      {_mark(ready=agent.ready)}  {role.id}" + ("" if agent.ready else f": {agent.detail}"))
    counted = ", ".join(f"{count} {name}" for name, count in sorted(summary.workflows.items()))
    click.echo(f"workflows  {counted or 'none yet'}")


def _mark(*, ready: bool) -> str:
    return click.style("ready    ", fg="green") if ready else click.style("not ready", fg="red")
