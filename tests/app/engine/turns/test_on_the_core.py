"""Agents under the durable core on real PostgreSQL: the whole way of a step, with kills and hostile models."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.engine.catalogue import Catalogue
from app.engine.metrics import EngineMetrics
from app.engine.turns.executor import AgentExecutor
from app.engine.turns.link import AgentLinks
from app.engine.turns.measures import EngineMeasures
from app.engine.turns.tokens import TokenMint
from app.llm.offline.provider import OfflineLlm
from app.llm.ports import LlmAnswer, Prompt
from contract.workflow import WorkflowTemplate, parse_workflow
from tests.agents.agents import ROLES, running_agent
from tests.agents.scripted import ScriptedLlm, calls, says
from tests.agents.turns import developer_output
from tests.app.engine.durable.harness import Platform, platform_of, running, started, template
from tests.servers.postgres import Database

pytestmark = [pytest.mark.anyio, pytest.mark.servers]
KEY = Ed25519PrivateKey.generate()
BRIEF = "A register of library books. Librarians add a book by name; readers find it again."


@pytest.fixture
async def platform(anyio_backend: str, database: Database) -> AsyncIterator[Platform]:
    async with platform_of(database) as made:
        yield made


@pytest.fixture(scope="module")
def endpoints() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        yield {
            path.stem: stack.enter_context(running_agent(path.stem, KEY)).url for path in sorted(ROLES.glob("*.yaml"))
        }


@asynccontextmanager
async def agents(endpoints: dict[str, str]) -> AsyncIterator[AgentExecutor]:
    roles = Catalogue(ROLES, ROLES / "workflows").roles
    async with AgentLinks() as links:
        measures = EngineMeasures(EngineMetrics())
        yield AgentExecutor(roles, lambda: endpoints, links, TokenMint(lambda: KEY), measures, 20.0)


def delivery() -> WorkflowTemplate:
    path = ROLES / "workflows" / "software-delivery.yaml"
    return parse_workflow(path.read_text(), str(path))


async def committed(platform: Platform, workflow: UUID) -> dict[str, bytes]:
    rows = await platform.admin.fetch(
        "select path, content from artifact where workflow_id = $1 and committed order by path, version", workflow
    )
    return {row["path"]: row["content"] for row in rows}


@pytest.mark.parametrize(
    ("mark", "status", "reviews"),
    [("", "completed", 0), ("needs-rework", "completed", 1), ("always-rework", "failed", 2)],
)
async def test_software_is_delivered_and_sent_back_as_often_as_asked(
    platform: Platform, endpoints: dict[str, str], mark: str, status: str, reviews: int
) -> None:
    async with agents(endpoints) as executor, running(platform, executor, roles=executor.limits()):
        workflow = await platform.submit(delivery(), brief=f"{BRIEF} {mark}")
        assert await platform.finished(workflow) == [status]
    events = await platform.events(workflow)
    assert [kind for kind, _ in events].count("step.sent_back") == reviews
    files = await committed(platform, workflow)
    assert {path.split("/")[0] for path in files} == {"requirements", "architecture", "src", "tests", "reviews"}
    assert await platform.admin.fetchval("select count(*) from audit where action = 'constraint.refused'") == 0


class Counting(OfflineLlm):
    """The offline model, counting what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, int]] = []

    async def complete(self, prompt: Prompt, model: str, seconds: float) -> LlmAnswer:
        self.asked.append((prompt.turn.workflow, prompt.turn.step, prompt.turn.number))
        return await super().complete(prompt, model, seconds)


async def test_a_replica_that_takes_over_pays_for_no_recorded_turn(platform: Platform) -> None:
    llm = Counting()
    chain = template({"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "c", "needs": ["b"]})
    with running_agent("developer", KEY, [llm]) as agent:
        async with agents({"developer": agent.url}) as executor:
            first = await started(platform, executor)
            workflow = await platform.submit(chain, brief=BRIEF)
            await platform.until("select count(*) >= 2 from turn where workflow_id = $1", workflow)
            await first.kill()
            recorded = await platform.admin.fetchval("select count(*) from turn where workflow_id = $1", workflow)
            before = len(llm.asked)
            async with running(platform, executor):
                assert await platform.finished(workflow) == ["completed"]
    turns = await platform.admin.fetchval("select count(*) from turn where workflow_id = $1", workflow)
    assert before - recorded in (0, 1)  # the turn in flight at the kill is the only one asked for twice
    assert len(llm.asked) - before == turns - recorded


async def test_a_hostile_model_gets_nothing_and_is_audited(platform: Platform) -> None:
    attack = calls(
        ("write_artifact", {"path": "../../etc/passwd", "content": "x"}),
        ("write_artifact", {"path": "reviews/approved.md", "content": "approved\x00"}),
        ("write_artifact", {"path": "src/large.py", "content": "x" * 1_000_001}),
        ("read_artifact", {"path": "/etc/shadow"}),
        ("run_shell", {"command": "id"}),
    )
    llm = ScriptedLlm([attack, says({"verdict": "approved"}), says(developer_output(notes=["\x00"]))])
    with running_agent("developer", KEY, [llm]) as agent:
        async with agents({"developer": agent.url}) as executor, running(platform, executor):
            workflow = await platform.submit(template({"id": "work"}), brief=BRIEF)
            assert await platform.finished(workflow) == ["completed"]
    assert await committed(platform, workflow) == {}
    refused = await platform.admin.fetch("select object, detail from audit where action = 'constraint.refused'")
    assert len(refused) == 5
    assert [kind for kind, _ in await platform.events(workflow)].count("constraint.refused") == 5


async def test_a_model_that_never_fits_the_schema_fails_the_step(platform: Platform) -> None:
    with running_agent("developer", KEY, [ScriptedLlm([says({"summary": 3})])]) as agent:
        async with agents({"developer": agent.url}) as executor, running(platform, executor):
            workflow = await platform.submit(template({"id": "work", "max_attempts": 2}), brief=BRIEF)
            assert await platform.finished(workflow) == ["failed"]
    step = await platform.step(workflow, "work")
    assert (step["attempt"], step["error"]["code"]) == (2, "invalid_output")
