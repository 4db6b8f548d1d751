"""Written reasons: which findings are meant to be, and why. ``reasons.yaml`` has them, reviewed like code."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from tests.lint.findings import Finding

FILE = Path(__file__).with_name("reasons.yaml")


@dataclass(frozen=True)
class Reason:
    """One entry.

    Attributes:
        tool: ``kube-score`` or ``trivy``.
        check: the tool's id of the check.
        objects: globs over ``Kind/namespace/name``; one of them has to match.
        reason: why the findings are meant to be.
    """

    tool: str
    check: str
    objects: tuple[str, ...]
    reason: str

    def excuses(self, finding: Finding) -> bool:
        """Whether it is about ``finding``."""
        return (self.tool, self.check) == (finding.tool, finding.check) and any(
            fnmatchcase(finding.object, pattern) for pattern in self.objects
        )

    def unused(self, findings: Iterable[Finding]) -> list[str]:
        """Globs that match no finding of the check."""
        about = [each.object for each in findings if (each.tool, each.check) == (self.tool, self.check)]
        return [pattern for pattern in self.objects if not any(fnmatchcase(name, pattern) for name in about)]


def read_reasons(text: str) -> list[Reason]:
    """Every entry. Raises :class:`ValueError` for one without a reason, without objects, or with another key."""
    reasons: list[Reason] = []
    for entry in yaml.safe_load(text):
        if set(entry) != {field.name for field in fields(Reason)} or not all(entry.values()):
            raise ValueError(f"an entry has tool, check, objects and reason, and none of them empty: {entry}")
        reasons.append(
            Reason(entry["tool"], entry["check"], tuple(entry["objects"]), " ".join(entry["reason"].split()))
        )
    return reasons


def without_reason(findings: Iterable[Finding], reasons: Iterable[Reason]) -> list[Finding]:
    """Findings that nothing excuses, in order."""
    known = list(reasons)
    return sorted(each for each in findings if not any(reason.excuses(each) for reason in known))
