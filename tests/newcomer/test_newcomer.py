"""A newcomer clones the project and types `make up`: the platform comes up, finishes a workflow, and goes down.

On bare processes, which every machine allows; on a real node, tests/node do it.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops.bootstrap import ROOT

pytestmark = [pytest.mark.newcomer, pytest.mark.xdist_group("newcomer"), pytest.mark.timeout(900)]
PORT_OFFSET = "14000"
"""Every port stays below those that the system gives to outgoing connections."""
DEADLINE = 600.0


@dataclass(frozen=True)
class Newcomer:
    """Somebody with a fresh clone and nothing of ours in the environment, but the machine's cache of tools."""

    clone: Path
    state: Path

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PULUMI_", "MCP_", "PYTEST", "MAKE"))
        }
        if "MCP_PLATFORM_CACHE" in os.environ:
            kept["MCP_PLATFORM_CACHE"] = os.environ["MCP_PLATFORM_CACHE"]
        kept.pop("VIRTUAL_ENV", None)
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=self.clone,
            env=kept | {"MCP_PLATFORM_STATE": str(self.state), "MCP_PORT_OFFSET": PORT_OFFSET, "CLUSTER": "processes"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    def processes(self) -> list[str]:
        """Command lines of every process on this machine that belongs to this clone."""
        found: list[str] = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                where = str((entry.parent / "cwd").readlink())
            except OSError:
                continue
            if any(str(mine) in text for mine in (self.clone, self.state) for text in (line, where)):
                found.append(line)
        return found


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=60)
    # What is being worked on is tried too, not only what is committed.
    changed = subprocess.run(
        ["git", "ls-files", "--modified", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, changed.split("\0")):
        target = clone / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            target.write_bytes((ROOT / name).read_bytes())
            target.chmod((ROOT / name).stat().st_mode)
        else:
            target.unlink(missing_ok=True)
    # PostgreSQL's user must be able to reach it, which pytest's own directories do not allow.
    state = Path("/var/tmp") / f"mcp-newcomer-{os.getpid()}"  # noqa: S108 - of this test alone
    made = Newcomer(clone, state)
    yield made
    made.make("down")
    subprocess.run(["rm", "-rf", str(state)], check=True, timeout=60)


def test_two_commands_bring_the_platform_up_and_one_takes_it_down(newcomer: Newcomer) -> None:
    first = newcomer.make("up")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "completed in" in first.stdout
    assert "replaced, because this machine is no cluster" in first.stdout

    status = newcomer.make("status", "ARGS=--json")
    assert status.returncode == 0, status.stdout + status.stderr
    before = {each["name"]: each["pid"] for each in json.loads(status.stdout)["processes"]}
    assert len(before) == 10

    outputs = newcomer.make("outputs")
    assert outputs.returncode == 0, outputs.stderr
    assert json.loads(outputs.stdout)["region"] == "local"

    second = newcomer.make("up")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "created" not in second.stdout.partition("replaced, because")[0]
    after = json.loads(newcomer.make("status", "ARGS=--json").stdout)["processes"]
    assert {each["name"]: each["pid"] for each in after} == before, "the second `make up` started something anew"

    down = newcomer.make("down")
    assert down.returncode == 0, down.stderr
    assert newcomer.processes() == []
    assert newcomer.make("status").returncode != 0

    tracked = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no"],
        cwd=newcomer.clone, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    untouched = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert set(tracked.splitlines()) <= set(untouched.splitlines()), "`make up` changed tracked files"
