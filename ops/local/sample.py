"""Submits a workflow to the running platform and shows each step as it happens."""

import asyncio
from typing import Final

import click

from client.platform import PlatformClient
from contract.api import SubmitWorkflow
from ops import display

TEMPLATE: Final = "software-delivery"
BRIEF: Final = (
    "A library wants its readers to reserve books online. A reader finds a book by title or author, sees whether it "
    "is on the shelf, and reserves it; the library sees open reservations and marks them as collected."
)
DEADLINE: Final = 180.0


def run_sample(http_url: str, ws_url: str, token: str) -> bool:
    """Run it to its end; whether it completed. Raises ``client.errors.ClientError`` or ``TimeoutError``."""
    return asyncio.run(_run(http_url, ws_url, token))


async def _run(http_url: str, ws_url: str, token: str) -> bool:
    request = SubmitWorkflow(template=TEMPLATE, input={"brief": BRIEF}, title="Reserve books online")
    async with asyncio.timeout(DEADLINE), PlatformClient(http_url, token, ws_url=ws_url) as client:
        submitted = await client.submit(request)
        begun = await client.workflow(submitted.id)
        roles = {step.id: step.role for step in (await client.steps(submitted.id)).items}
        display.workflow(begun)
        async with client.watch(submitted.id) as events:
            async for event in events:
                display.event(event, begun.created_at, roles)
        found = await client.workflow(submitted.id)
        display.artifacts(await client.artifacts(submitted.id))
        display.ending(found)
        click.echo("")
        return found.status == "completed"
