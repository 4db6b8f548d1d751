"""How workflows, steps, events and artifacts look on a terminal; colours vanish where it is none."""

from datetime import datetime
from typing import Any, Final

import click

from contract.api import Artifacts, Event, Steps, Workflow, WorkflowPage

COLOURS: Final = {"completed": "green", "failed": "red", "cancelled": "yellow", "running": "cyan", "refused": "yellow"}
QUIET: Final = frozenset({"step.ready", "workflow.queued"})
"""Events that say nothing a person waits for."""


def workflow(found: Workflow) -> None:
    """One line of heading."""
    click.echo(f"workflow {found.id}  {_coloured(found.status)}  {found.template}: {found.title}")


def ending(found: Workflow) -> None:
    """The last line: how it ended and how long it took."""
    took = f" in {(found.finished_at - found.created_at).total_seconds():.1f} s" if found.finished_at else ""
    click.echo(f"{_coloured(found.status)}{took}{_reason(found.error)}")


def workflows(page: WorkflowPage) -> None:
    """A line each."""
    for found in page.items:
        when = found.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        click.echo(f"{found.id}  {when}  {_coloured(f'{found.status:<9}')}  {found.template}: {found.title}")
    if not page.items:
        click.echo("no workflows")
    if page.next:
        click.echo("(there are more: raise --limit)")


def steps(found: Steps) -> None:
    """A line each, with its error where it has one."""
    for step in found.items:
        took = ""
        if step.started_at and step.finished_at:
            took = f"{(step.finished_at - step.started_at).total_seconds():.1f} s"
        tries = f" attempt {step.attempt}" if step.attempt > 1 else ""
        rounds = f" round {step.iteration + 1}" if step.iteration else ""
        line = f"  {step.id:<20} {_coloured(f'{step.status:<9}')} {step.role:<20} {took:>8}{tries}{rounds}"
        click.echo(line.rstrip() + _reason(step.error))


def artifacts(found: Artifacts) -> None:
    """A line each."""
    if found.items:
        click.echo("artifacts")
    for artifact in found.items:
        click.echo(f"  {artifact.path:<44} {artifact.size:>8} B  version {artifact.version}  by {artifact.step_id}")


def event(told: Event, since: datetime) -> None:
    """One line of a watched workflow."""
    if told.type in QUIET:
        return
    subject, _, verb = told.type.partition(".")
    name = told.step_id or ("workflow" if subject == "workflow" else "")
    seconds = max(0.0, (told.at - since).total_seconds())
    click.echo(f"{seconds:8.1f} s  {name:<20} {_coloured(verb.replace('_', ' '))}{_detail(told.data)}")


def _detail(data: dict[str, Any]) -> str:
    """The few keys of an event that a person wants, in this order."""
    wanted = ("role", "number", "attempt", "iteration", "tools", "path", "verdict", "code", "reason", "detail", "delay")
    parts = [f"{key} {_short(data[key])}" for key in wanted if data.get(key) not in (None, "", [], {})]
    return f"  {', '.join(parts)}" if parts else ""


def _short(value: Any) -> str:
    text = ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    text = " ".join(text.split())
    return text if len(text) <= 100 else text[:97] + "..."


def _reason(error: dict[str, Any] | None) -> str:
    return f": {_short(error.get('detail') or error.get('code') or error)}" if error else ""


def _coloured(text: str) -> str:
    return click.style(text, fg=COLOURS.get(text.strip()))
