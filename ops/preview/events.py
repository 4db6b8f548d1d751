"""What a preview found, read from the engine's events."""

from dataclasses import dataclass, field
from typing import Any, Final

Event = dict[str, Any]

WORDS: Final = {"create": "to create", "update": "to update", "replace": "to replace", "delete": "to delete"}
UNCHANGED: Final = "same"
UNHANDLED: Final = "an unhandled error occurred: "
"""How the language host begins to repeat what the program said last."""
OFFLINE: Final = "using pulumi-"
"""How the engine begins to say that a plugin is on PATH, as the offline ones are meant to be."""


@dataclass
class Preview:
    """What `pulumi up` would do, and who objects."""

    seen: int = 0
    """Resources that the engine has looked at so far."""
    operations: dict[str, int] = field(default_factory=dict[str, int])
    """Operation (create, update, same, …) -> resources; complete only after a preview that ended well."""
    violations: list[str] = field(default_factory=list[str])
    """What mandatory policies refuse."""
    advice: list[str] = field(default_factory=list[str])
    """What policies merely advise."""
    errors: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])

    def take(self, event: Event) -> None:
        """Count one event."""
        if "resourcePreEvent" in event:
            self.seen += 1
        elif "summaryEvent" in event:
            self.operations = dict(event["summaryEvent"].get("resourceChanges") or {})
        elif "policyEvent" in event:
            self._policy(event["policyEvent"])
        elif "diagnosticEvent" in event:
            self._diagnostic(event["diagnosticEvent"])

    def line(self, stack: str, code: int, seconds: float) -> str:
        """For people: ``stack local: 118 to create; 0 policy violations; 14 s``."""
        violations = f"{len(self.violations)} policy violations"
        if code != 0:
            return f"REFUSED: stack {stack}: {violations}, {len(self.errors)} errors; {seconds:.0f} s"
        changes = [
            f"{count} {WORDS.get(name, name)}" for name, count in sorted(self.operations.items()) if name != UNCHANGED
        ]
        if self.operations.get(UNCHANGED):
            changes.append(f"{self.operations[UNCHANGED]} unchanged")
        counts = ", ".join(changes) or "nothing counted"
        return f"stack {stack}: {counts}; {violations}; {seconds:.0f} s"

    def document(self, stack: str, code: int, seconds: float) -> dict[str, Any]:
        """The same and every sentence, for programs."""
        return {
            "ok": code == 0,
            "stack": stack,
            "operations": self.operations,
            "violations": self.violations,
            "advice": self.advice,
            "errors": self.errors,
            "warnings": self.warnings,
            "seconds": round(seconds, 1),
        }

    def _policy(self, event: Event) -> None:
        resource = str(event.get("resourceUrn", "")).rsplit("::", 1)[-1]
        said = f"{event.get('policyName')}: {resource}: {_one_line(event.get('message'))}"
        _note(self.violations if event.get("enforcementLevel") == "mandatory" else self.advice, said)

    def _diagnostic(self, event: Event) -> None:
        severity, said = event.get("severity"), _one_line(event.get("message"))
        if severity == "error":
            lines = str(event.get("message") or "").strip().removeprefix("error: ").removeprefix(UNHANDLED)
            _note(self.errors, lines.strip())
        elif severity == "warning" and not said.removeprefix("warning: ").startswith(OFFLINE):
            _note(self.warnings, said.removeprefix("warning: "))


def _one_line(message: object) -> str:
    return " ".join(str(message or "").split())


def _note(where: list[str], said: str) -> None:
    if said and said not in where:
        where.append(said)
