"""`make test`: lint, types and every test, then one line of totals.

``python -m ops.testing [--lint] [--json] [PYTEST…]``.

Tools that tests need are had first, so that no test's deadline is spent on a download or a build.
"""

import argparse
import json
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.operators import operator_crds
from ops.toolchain.alerting import ALERTING
from ops.toolchain.failure import ToolchainError
from ops.toolchain.linters import LINTERS
from ops.toolchain.tools import ensure_group, ensure_tools

ROOT: Final = Path(__file__).resolve().parent.parent
PROGRAMS: Final = Path(sys.executable).parent
REPORT: Final = ROOT / ".local" / "test" / "junit.xml"
WORKERS: Final = 2
"""The suites wait more than they compute; more workers on a larger machine would only start more servers."""
NO_TESTS: Final = 5
"""pytest's exit code where it found nothing to run."""


@dataclass
class Totals:
    """What `make test` found."""

    checks: dict[str, bool] = field(default_factory=dict[str, bool])
    """Lint, format, types: whether each is clean."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0

    @property
    def good(self) -> bool:
        """Nothing failed."""
        return self.failed == 0 and all(self.checks.values())

    def line(self) -> str:
        """One line for people."""
        checks = [f"{name} {'clean' if clean else 'FAILED'}" for name, clean in self.checks.items()]
        tests = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"{'OK' if self.good else 'FAILED'}: {', '.join(checks)}; {tests}; {self.seconds:.0f} s"

    def document(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "ok": self.good,
            "checks": self.checks,
            "passed": self.passed,
            "failed": self.failed,
            "skipped": self.skipped,
            "seconds": round(self.seconds, 1),
        }


def main(arguments: list[str]) -> int:
    """Run everything, also what comes after a failure; 0 where nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m ops.testing", description="Lint, types and tests.")
    parser.add_argument("--lint", action="store_true", help="lint and types alone")
    parser.add_argument("--json", action="store_true", help="totals as one JSON object")
    chosen, rest = parser.parse_known_args(arguments)
    begun = time.monotonic()
    totals = Totals()
    try:
        for name, command in (
            ("lint", ["ruff", "check", "--quiet", "."]),
            ("format", ["ruff", "format", "--quiet", "--check", "."]),
            ("types", ["basedpyright", "--warnings"]),
        ):
            totals.checks[name] = call(command) == 0
        if not chosen.lint:
            ensure_tools(progress)
            ensure_group(LINTERS, progress)
            ensure_group(ALERTING, progress)
            operator_crds(progress)
            test(rest, totals)
    except (ToolchainError, ControlPlaneError) as error:
        print(f"error: {error}", file=sys.stderr)
        totals.checks["tools"] = False
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    totals.seconds = time.monotonic() - begun
    print(json.dumps(totals.document()) if chosen.json else totals.line())
    return 0 if totals.good else 1


def test(arguments: list[str], totals: Totals) -> None:
    """Run pytest and count what it reports."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.unlink(missing_ok=True)
    workers = ["-n", str(WORKERS), "--dist", "loadfile"]
    code = call(["pytest", *workers, f"--junitxml={REPORT}", *arguments])
    count(REPORT, totals)
    if code not in (0, NO_TESTS) and totals.failed == 0:
        totals.checks["pytest"] = False  # it ended without a report, or a plugin failed


def count(report: Path, totals: Totals) -> None:
    """Add up pytest's XML report; a missing one adds nothing."""
    if not report.exists():
        return
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314 - written by our own pytest
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        totals.failed += failed
        totals.skipped += skipped
        totals.passed += int(suite.get("tests", 0)) - failed - skipped


def call(command: list[str]) -> int:
    """Run a program of `.venv` in the root of the clone; its exit code."""
    return subprocess.run([str(PROGRAMS / command[0]), *command[1:]], cwd=ROOT, check=False).returncode


def progress(line: str) -> None:
    """Say what takes long."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
