"""What one tenant reads: its own rows and no others, a page at a time."""

import hashlib

import pytest

from tests.app.engine.api.harness import emit, insert_key, insert_workflow

pytestmark = pytest.mark.anyio


async def insert_artifact(rows, workflow, path, content, version=1, media_type="text/markdown", tenant="default"):
    await rows.execute(
        "insert into artifact (workflow_id, path, version, step_id, iteration, tenant, media_type, size, sha256,"
        " content, committed) values ($1, $2, $3, 'a', 0, $4, $5, $6, $7, $8, $9)",
        workflow,
        path,
        version,
        tenant,
        media_type,
        len(content),
        hashlib.sha256(content).digest(),
        content,
        version > 0,
    )


async def test_pages_give_every_workflow_once_although_new_ones_arrive(http, rows):
    made = [await insert_workflow(rows, title=str(number)) for number in range(7)]
    seen, cursor = [], None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await http.get("/api/v1/workflows", params=query)).json()
        seen += [found["id"] for found in page["items"]]
        await insert_workflow(rows, title="later")
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [str(workflow) for workflow in reversed(made)]


async def test_a_list_may_be_narrowed_to_a_status(http, rows):
    done = await insert_workflow(rows)
    await insert_workflow(rows)
    await emit(rows, done, "workflow.completed")
    found = (await http.get("/api/v1/workflows", params={"status": "completed"})).json()["items"]
    assert [workflow["id"] for workflow in found] == [str(done)]
    assert (await http.get("/api/v1/summary")).json() == {"workflows": {"completed": 1, "queued": 1}}


async def test_a_tenant_sees_its_own_rows_and_no_others(engine, http, rows):
    await insert_key(rows, "acme", "token-of-acme", "read", "write")
    theirs = await insert_workflow(rows, "acme", title="secret")
    await insert_artifact(rows, theirs, "docs/a.md", b"secret", tenant="acme")
    await emit(rows, theirs)
    mine = await insert_workflow(rows)
    base = f"/api/v1/workflows/{theirs}"
    for path in ("", "/steps", "/artifacts", "/artifacts/docs/a.md", "/events"):
        assert (await http.get(base + path)).status_code == 404, path
    assert (await http.post("/api/v1/tickets", json={"workflow_id": str(theirs)})).status_code == 404
    listed = (await http.get("/api/v1/workflows")).json()["items"]
    assert [workflow["id"] for workflow in listed] == [str(mine)]
    async with engine.http("token-of-acme") as client:
        assert (await client.get(base)).json()["title"] == "secret"
        assert (await client.get(f"{base}/artifacts/docs/a.md")).content == b"secret"
        assert (await client.get(f"{base}/events")).json()["next"] == 1


async def test_an_artifact_is_its_newest_committed_version(http, rows):
    workflow = await insert_workflow(rows)
    await insert_artifact(rows, workflow, "docs/a b.md", b"one", 1)
    await insert_artifact(rows, workflow, "docs/a b.md", b"two!", 2)
    await insert_artifact(rows, workflow, "docs/a b.md", b"draft", 0)
    base = f"/api/v1/workflows/{workflow}/artifacts"
    (listed,) = (await http.get(base)).json()["items"]
    assert (listed["version"], listed["size"], listed["sha256"]) == (2, 4, hashlib.sha256(b"two!").hexdigest())
    newest = await http.get(f"{base}/docs/a%20b.md")
    assert (newest.content, newest.headers["content-type"]) == (b"two!", "text/markdown; charset=utf-8")
    assert (await http.get(f"{base}/docs/a%20b.md?version=1")).content == b"one"
    assert (await http.get(f"{base}/docs/a%20b.md?version=3")).status_code == 404


async def test_an_artifact_that_a_browser_would_run_is_handed_out_for_saving(http, rows):
    workflow = await insert_workflow(rows)
    await insert_artifact(rows, workflow, "x.html", b"<script>", 1, "text/html")
    answer = await http.get(f"/api/v1/workflows/{workflow}/artifacts/x.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_events_are_read_on_from_a_cursor(http, rows):
    workflow = await insert_workflow(rows)
    await emit(rows, workflow, count=5)
    base = f"/api/v1/workflows/{workflow}/events"
    first = (await http.get(base, params={"limit": 3})).json()
    assert ([event["seq"] for event in first["items"]], first["next"]) == ([1, 2, 3], 3)
    rest = (await http.get(base, params={"after": first["next"]})).json()
    assert ([event["seq"] for event in rest["items"]], rest["next"]) == ([4, 5], 5)
    assert (await http.get(base, params={"after": 5})).json() == {"items": [], "next": 5}


async def test_roles_and_templates_are_those_mounted(http):
    roles = (await http.get("/api/v1/roles")).json()["items"]
    assert [role["id"] for role in roles] == ["business_analyst", "developer", "qa_tester", "technical_architect"]
    assert roles[0]["agent"] is None
    (template,) = (await http.get("/api/v1/templates")).json()["items"]
    assert (template["name"], template["roles"][0]) == ("software-delivery", "business_analyst")


async def test_a_media_type_cannot_smuggle_a_header(http, rows):
    workflow = await insert_workflow(rows)
    await insert_artifact(rows, workflow, "x.txt", b"x", 1, "text/plain; a=\r\nSet-Cookie: b=c")
    answer = await http.get(f"/api/v1/workflows/{workflow}/artifacts/x.txt")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "set-cookie" not in answer.headers
