"""``mcp-ops workflow``: submit, show, watch, list, cancel, and read artifacts."""

import json
import sys
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import click
import yaml

from client.platform import PlatformClient
from contract.api import SubmitWorkflow, WorkflowStatus
from contract.errors import ContractError, describe
from contract.workflow import WorkflowTemplate, parse_workflow
from ops import display
from ops.connection import Connection, Exit, connected


@click.group()
def workflow() -> None:
    """Submit workflows and follow them."""


@workflow.command()
@click.argument("template")
@click.option(
    "--input", "-i", "pairs", multiple=True, metavar="KEY=TEXT", help="One key of the input, or KEY:=JSON; repeatable."
)
@click.option("--input-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Input, JSON or YAML.")
@click.option("--title", help="What people call it.")
@click.option("--priority", type=click.IntRange(-10, 10), default=0, help="Higher is admitted first.")
@click.option("--key", help="Idempotency key: repeating it with the same request starts nothing new.")
@click.option("--watch", "follow", is_flag=True, help="Show each step live until it is finished.")
@connected
async def submit(
    connection: Connection,
    template: str,
    pairs: tuple[str, ...],
    input_file: Path | None,
    title: str | None,
    priority: int,
    key: str | None,
    follow: bool,
) -> Exit:
    """Submit TEMPLATE: the name of one that the engine has, or a YAML file."""
    wanted = _template(template)
    document = {**_read(input_file), **_pairs(pairs)}
    try:
        request = SubmitWorkflow(template=wanted, input=document, title=title, priority=priority)
    except ValueError as error:
        raise click.UsageError(describe(error)) from error
    async with connection.client() as client:
        accepted = await client.submit(request, key=key)
        if not follow:
            if connection.as_json:
                connection.report(accepted.model_dump(mode="json"))
            else:
                click.echo(f"{accepted.id}  {accepted.status}  {accepted.title}")
            return Exit.OK
        return await _watch(connection, client, accepted.id, after=0)


@workflow.command()
@click.argument("workflow_id", type=click.UUID)
@connected
async def show(connection: Connection, workflow_id: UUID) -> Exit:
    """Show one workflow with its steps and artifacts."""
    async with connection.client() as client:
        found = await client.workflow(workflow_id)
        steps = await client.steps(workflow_id)
        artifacts = await client.artifacts(workflow_id)
    if connection.as_json:
        connection.report(
            {
                **found.model_dump(mode="json"),
                "steps": [step.model_dump(mode="json") for step in steps.items],
                "artifacts": [artifact.model_dump(mode="json") for artifact in artifacts.items],
            }
        )
    else:
        display.workflow(found)
        display.steps(steps)
        display.artifacts(artifacts)
    return _outcome(found.status)


@workflow.command()
@click.argument("workflow_id", type=click.UUID)
@click.option("--after", type=click.IntRange(min=0), default=0, help="Start after this event.")
@connected
async def watch(connection: Connection, workflow_id: UUID, after: int) -> Exit:
    """Show each step live until the workflow is finished, then its artifacts."""
    async with connection.client() as client:
        return await _watch(connection, client, workflow_id, after)


@workflow.command("list")
@click.option("--status", type=click.Choice(get_args(WorkflowStatus)), help="Only those.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, help="At most so many, the newest.")
@connected
async def list_workflows(connection: Connection, status: WorkflowStatus | None, limit: int) -> Exit:
    """List workflows, the newest first."""
    async with connection.client() as client:
        page = await client.workflows(limit=limit, status=status)
    if connection.as_json:
        connection.report(page.model_dump(mode="json"))
    else:
        display.workflows(page)
    return Exit.OK


@workflow.command()
@click.argument("workflow_id", type=click.UUID)
@connected
async def cancel(connection: Connection, workflow_id: UUID) -> Exit:
    """Cancel a workflow; what is committed stays."""
    async with connection.client() as client:
        found = await client.cancel(workflow_id)
    if connection.as_json:
        connection.report(found.model_dump(mode="json"))
    else:
        click.echo(f"{found.id}  {found.status}")
    return Exit.OK


@workflow.command()
@click.argument("workflow_id", type=click.UUID)
@click.argument("path")
@connected
async def artifact(connection: Connection, workflow_id: UUID, path: str) -> Exit:
    """Write an artifact's content to standard output."""
    async with connection.client() as client:
        content = await client.artifact(workflow_id, path)
    if connection.as_json:
        connection.report({"path": path, "content": content.decode(errors="replace")})
    else:
        click.echo(content, nl=False)
    return Exit.OK


async def _watch(connection: Connection, client: PlatformClient, workflow_id: UUID, after: int) -> Exit:
    """JSON: one line an event, then one with workflow and artifacts."""
    begun = await client.workflow(workflow_id)
    roles = {step.id: step.role for step in (await client.steps(workflow_id)).items}
    if not connection.as_json:
        display.workflow(begun)
    async with client.watch(workflow_id, after=after) as events:
        async for event in events:
            if connection.as_json:
                connection.report(event.model_dump(mode="json"))
            else:
                display.event(event, begun.created_at, roles)
            sys.stdout.flush()
    found = await client.workflow(workflow_id)
    artifacts = await client.artifacts(workflow_id)
    if connection.as_json:
        listed = [artifact.model_dump(mode="json") for artifact in artifacts.items]
        connection.report({"workflow": found.model_dump(mode="json"), "artifacts": listed})
    else:
        display.artifacts(artifacts)
        display.ending(found)
    return _outcome(found.status)


def _outcome(status: str) -> Exit:
    return Exit.FAILED if status in ("failed", "cancelled") else Exit.OK


def _template(text: str) -> str | WorkflowTemplate:
    path = Path(text)
    if path.suffix not in (".yaml", ".yml"):
        return text
    try:
        return parse_workflow(path.read_text(encoding="utf-8"), text)
    except OSError as error:
        raise click.UsageError(f"{text} cannot be read: {error.strerror}") from error
    except ContractError as error:
        raise click.UsageError(str(error)) from error


def _read(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        document: object = yaml.safe_load(path.read_text(encoding="utf-8"))  # JSON is YAML
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise click.UsageError(f"{path} holds neither JSON nor YAML: {error}") from error
    if not isinstance(document, dict):
        raise click.UsageError(f"{path} must hold an object")
    return json.loads(json.dumps(document, default=str))


def _pairs(pairs: tuple[str, ...]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        typed = key.endswith(":")
        if not sign or key in ("", ":"):
            raise click.UsageError(f"--input {pair}: write KEY=TEXT or KEY:=JSON")
        try:
            document[key.removesuffix(":")] = json.loads(value) if typed else value
        except ValueError as error:
            raise click.UsageError(f"--input {pair}: what follows := is not JSON") from error
    return document
