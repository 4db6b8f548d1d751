"""What people change: code, and roles. Nobody who asks meanwhile is refused."""

import httpx
import pytest
import yaml

from contract.names import Namespace
from ops.controlplane.api import Api
from ops.node.node import Node
from tests.node.asking import asked_all_the_time, engine_url
from tests.node.clone import Clone
from tests.node.waiting import until
from tests.node.workflows import events, submit, wait_completed

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

HEALTH = 'return {"status": "healthy"}'
ROLE = "data_engineer"
TEMPLATE = "one-step"


def test_a_code_change_becomes_an_image_and_a_rollout_that_refuses_nobody(
    clone: Clone, cluster: Api, node: Node
) -> None:
    probes = clone.root / "app/engine/api/probes.py"
    text = probes.read_text(encoding="utf-8")
    assert HEALTH in text
    probes.write_text(text.replace(HEALTH, 'return {"status": "healthy", "edition": "second"}'), encoding="utf-8")
    with asked_all_the_time(node, f"{engine_url(cluster)}/ready") as found:
        clone.up()
    assert httpx.get(f"{clone.url}/health").json() == {"status": "healthy", "edition": "second"}
    assert len(cluster.list("batch/v1", "Job", Namespace.ORCHESTRATION)) == 1, "one migration, of this image"
    assert found["failures"] == []
    assert int(str(found["requests"])) > 100


def test_one_more_role_file_is_one_more_agent_that_takes_part(clone: Clone, cluster: Api, engine: httpx.Client) -> None:
    roles = clone.root / "roles"
    text = (roles / "developer.yaml").read_text(encoding="utf-8")
    (roles / f"{ROLE}.yaml").write_text(text.replace("id: developer", f"id: {ROLE}"), encoding="utf-8")
    template = (roles / "workflows/software-delivery.yaml").read_text(encoding="utf-8")
    (roles / f"workflows/{TEMPLATE}.yaml").write_text(one_step(template), encoding="utf-8")
    clone.up()
    until(
        lambda: any(each["name"] == TEMPLATE for each in engine.get("/api/v1/templates").json()["items"]),
        120,
        "the engine has read the template, which its kubelet swaps in within a minute",
    )
    workflow = submit(engine, {"template": TEMPLATE, "input": {"brief": "Count words."}})
    wait_completed(engine, workflow)
    started = [each for each in events(engine, workflow) if each["type"] == "step.started"]
    assert [each["step_id"] for each in started] == ["only"]
    assert cluster.get("apps/v1", "Deployment", "data-engineer-agent", Namespace.AGENTS) is not None


def one_step(template: str) -> str:
    """A template of one step under the new role, with the input of the one that is there."""
    document = yaml.safe_load(template)
    document |= {"name": TEMPLATE, "steps": [{"id": "only", "role": ROLE, "task": "Implement the brief."}]}
    return yaml.safe_dump(document, sort_keys=False)
