"""What a turn is about, read out of its request: a title, statements, requirement ids, marks."""

import hashlib
import json
import keyword
import re
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from contract.turn import TurnRequest

STOP_WORDS: Final = re.compile(
    r"(?:an?|and|are|as|at|be|build|by|can|create|for|from|gives?|has|have|i|in|is|it|its|make|me|my|of|on|or|our|"
    r"please|should|so|some|that|the|their|them|then|there|they|this|to|us|want|we|which|who|will|with|write|you|"
    r"needs?|always|rework|small|simple|new|one)"
)
SENTENCES: Final = 6


@dataclass(frozen=True)
class Statement:
    """A requirement."""

    id: str
    text: str


@dataclass(frozen=True)
class Subject:
    """``slug`` is a Python identifier."""

    title: str
    slug: str
    statements: tuple[Statement, ...]
    rework: Literal["never", "once", "always"]
    """What the marks in the input ask of a reviewer."""
    digest: str


def read_subject(turn: TurnRequest) -> Subject:
    """The subject of ``turn``: the same for every step of a workflow, so that their files fit together."""
    given = turn.inputs.get("workflow")
    brief = _brief(given) or turn.task
    everything = json.dumps(turn.inputs, sort_keys=True, ensure_ascii=False) + turn.task
    words = [word for word in re.findall(r"[a-z][a-z0-9]+", brief.lower()) if not STOP_WORDS.fullmatch(word)]
    chosen = list(dict.fromkeys(words))[:3] or ["delivery"]
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
    return Subject(
        title=" ".join(chosen).capitalize(),
        slug=_identifier("_".join(chosen)[:40]),
        statements=_known(turn.inputs) or _sentences(brief),
        rework="always" if "always-rework" in everything else "once" if "needs-rework" in everything else "never",
        digest=digest,
    )


def _identifier(text: str) -> str:
    return f"{text}_" if keyword.iskeyword(text) else text


def _brief(given: object) -> str:
    if isinstance(given, dict):
        texts = [value for value in cast("dict[str, object]", given).values() if isinstance(value, str)]
        return " ".join(texts)
    return given if isinstance(given, str) else ""


def _sentences(brief: str) -> tuple[Statement, ...]:
    cleaned = re.sub(r"\b(needs|always)-rework\b", "", brief)
    parts = [" ".join(part.split()).strip(" .;:") for part in re.split(r"(?<=[.!?;])\s+|\n+", cleaned)]
    useful = [part for part in parts if any(character.isalnum() for character in part)][:SENTENCES]
    return tuple(Statement(f"R{n}", part[:400]) for n, part in enumerate(useful or ["Deliver what was asked"], 1))


def _known(inputs: dict[str, Any]) -> tuple[Statement, ...]:
    """Requirements that an earlier step put into its output."""
    for output in inputs.values():
        listed: object = cast("dict[str, object]", output).get("requirements") if isinstance(output, dict) else None
        if not isinstance(listed, list):
            continue
        rows = [cast("dict[str, object]", row) for row in cast("list[object]", listed) if isinstance(row, dict)]
        known = [Statement(str(row["id"]), str(row["statement"])) for row in rows if {"id", "statement"} <= set(row)]
        if known:
            return tuple(known)
    return ()
