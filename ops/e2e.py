"""`make test-e2e`: the platform as pods on a real node, from nothing to nothing.

``python -m ops.e2e [--minutes M] [--json] [PYTEST…]``. What it needs is had first, so that no test waits for a build.
With ``--minutes`` it leaves out operators that could not be built in the time that is left, says so, and runs the rest.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Final

from ops.controlplane.failure import ControlPlaneError
from ops.controlplane.operators import operator_crds
from ops.image.failure import ImageError
from ops.local.images import built_images
from ops.local.operators import RELEASES, VARIABLE
from ops.node.failure import NodeError
from ops.node.host import obstacle
from ops.node.runtime import ensure_runtime
from ops.testing import NO_TESTS, REPORT, WORKERS, Totals, call, count, progress
from ops.toolchain.catalogue import NODE_TOOLS, TOOLS
from ops.toolchain.failure import ToolchainError
from ops.toolchain.helm import HELM
from ops.toolchain.operators import OPERATOR_TOOLS, OperatorName
from ops.toolchain.tool import Tool
from ops.toolchain.tools import ensure_group, estimated_seconds

SUITE: Final = "tests/node"
BUILT: Final = ("tests/ops/image", "tests/ops/operators")
"""Tests that `make test` skips where images and programs are not built yet: here they are."""
SUITE_MINUTES: Final = 15.0
"""What images and tests take when every program is there, with room."""
LOADED: Final = 1.6
"""A build takes this much longer than estimated while the machine downloads and does other things."""
FIRST_TO_GO: Final = (
    OperatorName.KEDA,
    OperatorName.PROMETHEUS,
    OperatorName.CERT_MANAGER,
    OperatorName.METRICS_SERVER,
)


def main(arguments: Sequence[str]) -> int:
    """Run the suite; 0 where nothing failed, also where no node can run or the time does not suffice."""
    parser = argparse.ArgumentParser(prog="python -m ops.e2e", description="The platform as pods on a real node.")
    parser.add_argument("--minutes", type=float, default=None, help="leave out what would take longer")
    parser.add_argument("--json", action="store_true", help="totals as one JSON object")
    chosen, rest = parser.parse_known_args(arguments)
    begun = time.monotonic()
    totals = Totals()
    reason = obstacle()
    if reason is not None:
        print(f"SKIPPED: no node here: {reason}")
        return 0
    operators = affordable(chosen.minutes)
    if operators is None:
        print(f"SKIPPED: what a node needs cannot be built in the {chosen.minutes:.0f} minutes that are left")
        return 0
    missing = [name for name in OperatorName if name not in operators]
    if missing:
        print(f"left out, since building them would take too long now: {', '.join(missing)}", flush=True)
    try:
        ensure_group([*TOOLS, *NODE_TOOLS, HELM, *tools_of(operators)], progress)
        operator_crds(progress)
        ensure_runtime(progress)
        built_images(progress)
        os.environ[VARIABLE] = " ".join(operators)
        test(rest, totals)
    except (ToolchainError, ControlPlaneError, NodeError, ImageError) as error:
        print(f"error: {error}", file=sys.stderr)
        totals.checks["tools"] = False
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    totals.seconds = time.monotonic() - begun
    print(json.dumps(totals.document()) if chosen.json else totals.line())
    return 0 if totals.good else 1


def affordable(minutes: float | None) -> tuple[OperatorName, ...] | None:
    """Operators whose programs are there or can be built in time; None where not even a bare node can be had."""
    operators = tuple(RELEASES)
    for name in (None, *FIRST_TO_GO):
        if name is not None and estimated_seconds(OPERATOR_TOOLS[name]) > 0:
            operators = tuple(each for each in operators if each is not name)
        needed = estimated_seconds([*TOOLS, *NODE_TOOLS, HELM, *tools_of(operators)]) * LOADED / 60 + SUITE_MINUTES
        if minutes is None or needed <= minutes:
            return operators
    return None


def tools_of(operators: Sequence[OperatorName]) -> list[Tool]:
    """Programs of these operators."""
    return [tool for name in operators for tool in OPERATOR_TOOLS[name]]


def test(arguments: Sequence[str], totals: Totals) -> None:
    """Test what was built, then run the suite in one process, since there is one node; count what both report."""
    for name, command in (
        ("built", ["-n", str(WORKERS), "--dist", "loadfile", *BUILT]),
        ("e2e", [SUITE, "-m", "node", *arguments]),
    ):
        report = REPORT.with_name(f"{name}.xml")
        report.parent.mkdir(parents=True, exist_ok=True)
        report.unlink(missing_ok=True)
        code = call(["pytest", f"--junitxml={report}", *command])
        count(report, totals)
        if code not in (0, NO_TESTS) and totals.failed == 0:
            totals.checks["pytest"] = False  # it ended without a report, or a plugin failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
