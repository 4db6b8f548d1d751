"""The whole software-delivery workflow: executor, MCP, four real agents on loopback, the offline model."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.engine.catalogue import Catalogue
from app.engine.metrics import EngineMetrics
from app.engine.turns.executor import AgentExecutor
from app.engine.turns.link import AgentLinks
from app.engine.turns.measures import EngineMeasures
from app.engine.turns.tokens import TokenMint
from contract.workflow import WorkflowTemplate, parse_workflow
from tests.agents.agents import ROLES, running_agent
from tests.agents.delivery import Delivery, deliver

BRIEF = "A register of library books. Librarians add a book by name; readers find it again."
KEY = Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def endpoints() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        yield {
            path.stem: stack.enter_context(running_agent(path.stem, KEY)).url for path in sorted(ROLES.glob("*.yaml"))
        }


@pytest.fixture
def template() -> WorkflowTemplate:
    path = ROLES / "workflows" / "software-delivery.yaml"
    return parse_workflow(path.read_text(), str(path))


async def run(brief: str, template: WorkflowTemplate, endpoints: dict[str, str], metrics: EngineMetrics) -> Delivery:
    roles = Catalogue(ROLES, ROLES / "workflows").roles
    async with AgentLinks() as links:
        executor = AgentExecutor(roles, lambda: endpoints, links, TokenMint(lambda: KEY), EngineMeasures(metrics), 20.0)
        return await deliver(template, {"brief": brief}, executor)


def run_unit_tests(done: Delivery, directory: Path) -> str:
    """Write the artifacts into ``directory`` and run the tests among them, as their reader would."""
    for path, write in done.artifacts.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(write.content)
        if path.endswith(".py"):
            ast.parse(write.content)
    modules = [path.removesuffix(".py").replace("/", ".") for path in done.artifacts if "/test_" in path]
    tests = subprocess.run(
        [sys.executable, "-m", "unittest", *modules],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert tests.returncode == 0, tests.stderr
    return tests.stderr


@pytest.mark.anyio
async def test_four_agents_deliver_files_that_fit_together(
    template: WorkflowTemplate, endpoints: dict[str, str], tmp_path: Path
) -> None:
    metrics = EngineMetrics()
    done = await run(BRIEF, template, endpoints, metrics)
    assert done.failed is None
    assert done.ran == [("requirements", 0), ("architecture", 0), ("implementation", 0), ("quality-review", 0)]
    assert {path.split("/")[0] for path in done.artifacts} == {
        "requirements",
        "architecture",
        "src",
        "tests",
        "reviews",
    }
    assert done.outputs["quality-review"]["verdict"] == "approved"
    assert not [audit for journal in done.journals for audit in journal.audits]
    told = run_unit_tests(done, tmp_path)
    assert "Ran 4 tests" in told
    text = metrics.exposition().decode()
    assert 'agent_executions_total{agent_role="developer",status="completed"} 1.0' in text
    assert 'agent_response_duration_seconds_count{agent_role="developer"} 4.0' in text


@pytest.mark.anyio
async def test_a_brief_marked_needs_rework_is_sent_back_once(
    template: WorkflowTemplate, endpoints: dict[str, str]
) -> None:
    done = await run(f"{BRIEF} needs-rework", template, endpoints, EngineMetrics())
    assert done.failed is None
    assert done.ran[2:] == [
        ("implementation", 0),
        ("quality-review", 0),
        ("implementation", 1),
        ("quality-review", 1),
    ]
    assert done.outputs["quality-review"]["verdict"] == "approved"
    assert any(b"longer than 200" in write.content for write in done.artifacts.values())


@pytest.mark.anyio
async def test_the_same_brief_gives_the_same_files(template: WorkflowTemplate, endpoints: dict[str, str]) -> None:
    first = await run(BRIEF, template, endpoints, EngineMetrics())
    second = await run(BRIEF, template, endpoints, EngineMetrics())
    assert first.outputs == second.outputs
    assert sorted(first.artifacts) == sorted(second.artifacts)
