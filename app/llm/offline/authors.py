"""The files that a step writes: chosen by the role's write globs, filled from the subject."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.llm.offline.code import source_module, source_tests
from app.llm.offline.subject import Subject
from contract.globs import matches
from contract.role import Role
from contract.turn import TurnRequest


@dataclass(frozen=True)
class Draft:
    """A file to write."""

    path: str
    content: str


Author = Callable[[TurnRequest, Subject], str]


def drafts(role: Role, turn: TurnRequest, subject: Subject) -> list[Draft]:
    """One or two files inside the role's write globs; none where no name can be found that fits them."""
    fitting = [
        Draft(path, author(turn, subject))
        for path, author in _candidates(turn, subject)
        if matches(path, role.artifacts.write)
    ]
    if fitting:
        return fitting[:2]
    for glob in role.artifacts.write:
        path = _path_for(glob, subject)
        if matches(path, role.artifacts.write):
            return [Draft(path, _note(role, turn, subject))]
    return []


def _candidates(turn: TurnRequest, subject: Subject) -> list[tuple[str, Author]]:
    round_ = f"-{turn.iteration + 1}" if turn.iteration else ""
    return [
        (f"requirements/{subject.slug}.md", _requirements),
        (f"architecture/{subject.slug}.md", _architecture),
        (f"src/{subject.slug}.py", source_module),
        (f"tests/test_{subject.slug}.py", source_tests),
        (f"reviews/{subject.slug}{round_}.md", _review),
    ]


def _path_for(glob: str, subject: Subject) -> str:
    name = f"{subject.slug}.md" if glob.endswith("*") else subject.slug
    return glob.replace("**/", "").replace("**", name).replace("*", subject.slug).replace("?", "a")


def _requirements(turn: TurnRequest, subject: Subject) -> str:
    rows = "\n".join(
        f"\n## {row.id}\n{row.text}.\n\n- Acceptance: a test names {row.id} and shows that it holds.\n"
        "- Acceptance: wrong input is refused with an error that says what to change."
        for row in subject.statements
    )
    return (
        f"# Requirements: {subject.title}\n\n## Goal\nThe client asked for: {subject.statements[0].text}.\n"
        f"{rows}\n\n## Out of scope\nAnything that the brief does not name.\n\n"
        f"## Source\nWorkflow {turn.workflow}, brief {subject.digest[:12]}.\n"
    )


def _architecture(turn: TurnRequest, subject: Subject) -> str:
    rows = "\n".join(f"| {row.id} | {subject.slug} | {row.text[:80]} |" for row in subject.statements)
    return (
        f"# Architecture: {subject.title}\n\n## Overview\nOne importable module, `src/{subject.slug}.py`, without "
        "dependencies: an immutable record and a register that holds records by name.\n\n"
        "## Components\n- `Entry`: one record, validated when made.\n"
        "- `Register`: adds, finds and lists entries; refuses a name that is taken.\n\n"
        f"## Requirements\n| id | component | statement |\n|---|---|---|\n{rows}\n\n"
        "## Decisions\n- Memory, no database: nothing in the requirements outlives the process.\n"
        f"- Errors are exceptions with a sentence each.\n\n## Source\nWorkflow {turn.workflow}.\n"
    )


CHECKED: Final = ("requirements/", "architecture/", "src/", "tests/")


def _review(turn: TurnRequest, subject: Subject) -> str:
    files = [path for path in turn.artifacts if path.startswith(CHECKED)]
    evidence = "\n".join(f"- `{path}` read" for path in files) or "- no file was shown"
    rows = "\n".join(f"| {row.id} | `tests/test_{subject.slug}.py` |" for row in subject.statements)
    return (
        f"# Review {turn.iteration + 1}: {subject.title}\n\n## Evidence\n{evidence}\n\n"
        f"| requirement | checked by |\n|---|---|\n{rows}\n\n## Source\nWorkflow {turn.workflow}.\n"
    )


def _note(role: Role, turn: TurnRequest, subject: Subject) -> str:
    listed = "\n".join(f"- {row.id}: {row.text}" for row in subject.statements)
    return f"# {role.title}: {subject.title}\n\n{turn.task.strip()}\n\n{listed}\n"
