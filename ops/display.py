"""How workflows, steps, events and artifacts look on a terminal; colours vanish where it is none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import click

from contract.api import Artifacts, Event, Steps, Workflow, WorkflowPage

COLOURS: Final = {
    "completed": "green",
    "failed": "red",
    "cancelled": "yellow",
    "retrying": "yellow",
    "sent back": "yellow",
    "refused": "yellow",
    "running": "cyan",
    "started": "cyan",
}
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


def event(told: Event, since: datetime, roles: Mapping[str, str]) -> None:
    """One line of a watched workflow, with the seconds since ``since``; ``roles`` by step."""
    if told.type in QUIET:
        return
    seconds = max(0.0, (told.at - since).total_seconds())
    sentence = _sentence(told, roles)
    click.echo(f"{seconds:8.1f} s  {told.step_id or 'workflow':<20} {sentence}")


def _sentence(told: Event, roles: Mapping[str, str]) -> str:
    data = told.data
    verb = _coloured(told.type.partition(".")[2].replace("_", " "))
    match told.type:
        case "step.started":
            return f"{verb} by {roles.get(told.step_id or '', '?')}{_again(data)}"
        case "step.turn":
            used = data.get("usage", {})
            drafts = f", {data['drafts']} drafted" if data.get("drafts") else ""
            tokens = f"{used.get('input_tokens', 0)} tokens in, {used.get('output_tokens', 0)} out"
            return f"turn {data.get('number')}: {tokens}{drafts}"
        case "step.retrying":
            delay = f" in {data['delay']:.1f} s" if data.get("delay") else ""
            return f"{verb}{delay}: {_short(data.get('detail') or data.get('reason', ''))}"
        case "step.sent_back":
            return f"{verb}: {', '.join(data.get('steps', []))} run again"
        case "artifact.written":
            return f"wrote {data.get('path')}, {data.get('size')} B"
        case "constraint.refused":
            return f"{verb}: {data.get('object')}: {_short(data.get('reason', ''))}"
        case _:
            return verb + _reason({key: data[key] for key in ("detail", "code") if key in data})


def _again(data: dict[str, Any]) -> str:
    attempt, iteration = data.get("attempt", 1), data.get("iteration", 0)
    said = [f"attempt {attempt}"] if attempt > 1 else []
    said += [f"round {iteration + 1}"] if iteration else []
    return f", {', '.join(said)}" if said else ""


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else text[:117] + "..."


def _reason(error: dict[str, Any] | None) -> str:
    return f": {_short(error.get('detail') or error.get('code') or error)}" if error else ""


def _coloured(text: str) -> str:
    return click.style(text, fg=COLOURS.get(text.strip()))
