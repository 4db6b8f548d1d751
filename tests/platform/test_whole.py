"""The whole application, process by process: a real workflow, and an engine that dies in the middle of one."""

import pytest
from click.testing import CliRunner

from ops.cli import main
from tests.platform.processes import client, platform, until

BODY = {"template": "software-delivery", "input": {"brief": "A clock that shows the time in three cities."}}


@pytest.fixture
def agents(tmp_path, database, cache_url):
    """Four agents."""
    with platform(tmp_path, database, cache_url) as made:
        yield made


def test_a_workflow_outlives_the_engine_that_runs_it_and_its_watcher_misses_nothing(agents):
    """kill -9 in mid-workflow, a second engine beside it; then the operator's view."""
    first, first_url, _ = agents.engine("engine-1")
    with client(first_url) as http:
        made = http.post("/api/v1/workflows", json=BODY, headers={"Idempotency-Key": "k"}).json()
        path = f"/api/v1/workflows/{made['id']}"
        until(lambda: any(e["type"] == "step.turn" for e in http.get(f"{path}/events").json()["items"]))
    first.kill()
    first.wait(10)
    _, url, ws_url = agents.engine("engine-2")
    with client(url) as http:
        until(lambda: http.get(path).json()["status"] not in ("queued", "running"))
        found = http.get(path).json()
        assert found["status"] == "completed", agents.logs()
        events = http.get(f"{path}/events", params={"limit": 200}).json()["items"]
        assert [event["seq"] for event in events] == list(range(1, found["seq"] + 1))
        turns = [
            (e["step_id"], e["data"].get("iteration"), e["data"].get("number"))
            for e in events
            if e["type"] == "step.turn"
        ]
        assert len(turns) == len(set(turns)), "a recorded turn was paid for twice"
        artifacts = http.get(f"{path}/artifacts").json()["items"]
        assert artifacts

    def ops(*arguments):
        token_file = agents.directory / "API_TOKEN_FILE"
        where = ["--url", url, "--ws-url", ws_url, "--token-file", str(token_file)]
        return CliRunner().invoke(main, [*arguments, *where])

    status = ops("status")
    assert (status.exit_code, status.output.count(" ready ")) == (0, 5), status.output + agents.logs()
    assert "1 completed" in status.output
    watched = ops("workflow", "watch", made["id"])
    assert watched.exit_code == 0
    assert artifacts[0]["path"] in watched.output
    assert "started by business_analyst" in watched.output
