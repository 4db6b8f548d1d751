"""Every error is a problem document with a stable code."""

import asyncio
import json
import re

import asyncpg
import pytest

from contract.api import MAX_BODY_BYTES
from tests.app.engine.api.harness import DEADLINE, TOKEN, insert_key, insert_workflow

pytestmark = pytest.mark.anyio
NOWHERE = "/api/v1/workflows/00000000-0000-4000-8000-000000000000"
KEY = {"Idempotency-Key": "k"}
STEP = {"id": "a", "role": "developer", "task": "work"}


def problem(answer, status, code):
    """The problem document, checked for its shape."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    document = answer.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"] == f"urn:mcp-platform:problem:{code}"
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["detail"]
    return document


WRONG_REQUESTS = [
    ("GET", "/nothing", 404, "not_found"),
    ("GET", "/api/v1/workflows/", 404, "not_found"),
    ("DELETE", "/api/v1/workflows", 405, "method_not_allowed"),
    ("POST", "/health", 405, "method_not_allowed"),
    ("GET", NOWHERE, 404, "not_found"),
    ("GET", f"{NOWHERE}/steps", 404, "not_found"),
    ("GET", f"{NOWHERE}/artifacts", 404, "not_found"),
    ("GET", f"{NOWHERE}/artifacts/a.md", 404, "not_found"),
    ("GET", f"{NOWHERE}/artifacts/a%00.md", 404, "not_found"),
    ("GET", f"{NOWHERE}/events", 404, "not_found"),
    ("GET", "/api/v1/workflows/42", 422, "invalid_request"),
    ("GET", "/api/v1/workflows?limit=0", 422, "invalid_request"),
    ("GET", "/api/v1/workflows?limit=201", 422, "invalid_request"),
    ("GET", "/api/v1/workflows?status=odd", 422, "invalid_request"),
    ("GET", "/api/v1/workflows?cursor=odd", 422, "invalid_cursor"),
    ("GET", "/api/v1/workflows?cursor=MjAyNnxh", 422, "invalid_cursor"),
    ("GET", f"{NOWHERE}/events?after=-1", 422, "invalid_request"),
]
WRONG_SUBMISSIONS = [
    (b"{}", {}, 400, "idempotency_key_missing"),
    (b"{}", {"Idempotency-Key": "a b"}, 422, "invalid_request"),
    (b"{}", {"Idempotency-Key": "x" * 201}, 422, "invalid_request"),
    (b"template=x", {**KEY, "Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
    (b"{", KEY, 400, "malformed_json"),
    (b"\xff", KEY, 400, "malformed_json"),
    (b'{"template": NaN}', KEY, 400, "malformed_json"),
    (b"[" * 100_000, KEY, 400, "malformed_json"),
    (b"[]", KEY, 422, "invalid_request"),
    (b"{}", KEY, 422, "invalid_request"),
    (b'{"template": "software-delivery", "odd": 1}', KEY, 422, "invalid_request"),
    (b'{"template": "software-delivery", "input": {"brief": "\\u0000"}}', KEY, 422, "invalid_request"),
    (b'{"template": "odd"}', KEY, 422, "unknown_template"),
    (b'{"template": "software-delivery"}', KEY, 422, "invalid_input"),
    (b'{"template": "software-delivery", "input": {"brief": "' + b"x" * 70_000 + b'"}}', KEY, 422, "invalid_input"),
]
WRONG_TEMPLATES = [
    ({"steps": [{**STEP, "role": "poet"}]}, "unknown_role"),
    (
        {"steps": [{**STEP, "role": "qa_tester"}, {**STEP, "id": "b", "role": "business_analyst", "needs": ["a"]}]},
        "hand_off_not_allowed",
    ),
    ({"steps": [{**STEP, "needs": ["a"]}]}, "invalid_request"),
    ({"steps": []}, "invalid_request"),
    ({"steps": [STEP], "input_schema": {"type": 3}}, "invalid_input"),
    ({"steps": [STEP], "input_schema": {"properties": {"a": {"pattern": "(a+)+$"}}}}, "invalid_input"),
    ({"steps": [STEP], "input_schema": {"$ref": "http://127.0.0.1:1/schema"}}, "invalid_input"),
]


async def test_a_wrong_request_is_a_problem(http, subtests):
    for method, path, status, code in WRONG_REQUESTS:
        with subtests.test(f"{method} {path}"):
            problem(await http.request(method, path), status, code)


async def test_a_wrong_submission_is_a_problem(http, subtests):
    for content, headers, status, code in WRONG_SUBMISSIONS:
        with subtests.test(str(content[:60])):
            sent = {"Content-Type": "application/json", **headers}
            problem(await http.post("/api/v1/workflows", content=content, headers=sent), status, code)


async def test_an_inline_template_that_cannot_run_is_refused(http, subtests):
    for template, code in WRONG_TEMPLATES:
        with subtests.test(code):
            body = {"template": {"name": "inline", **template}}
            problem(await http.post("/api/v1/workflows", json=body, headers=KEY), 422, code)


async def test_faults_are_located(http):
    answer = await http.post("/api/v1/workflows", json={"template": "x", "priority": 99}, headers=KEY)
    assert problem(answer, 422, "invalid_request")["errors"][0]["at"] == "priority"


async def test_a_body_above_the_limit_is_refused_whether_or_not_its_length_is_said(http):
    big = b'"' + b"x" * MAX_BODY_BYTES + b'"'
    sent = {**KEY, "Content-Type": "application/json"}
    problem(await http.post("/api/v1/workflows", content=big, headers=sent), 413, "body_too_large")

    async def chunks():
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    problem(await http.post("/api/v1/workflows", content=chunks(), headers=sent), 413, "body_too_large")


async def test_a_sound_request_id_is_kept_and_an_odd_one_replaced(http):
    assert (await http.get("/health", headers={"X-Request-Id": "a-1"})).headers["x-request-id"] == "a-1"
    assert (await http.get("/health", headers={"X-Request-Id": "a b"})).headers["x-request-id"] != "a b"


async def test_every_route_but_the_probes_needs_a_token(engine, http):
    paths = (await http.get("/api/v1/openapi.json")).json()["paths"]
    assert len(paths) > 10
    async with engine.http(None) as client:
        for path, methods in paths.items():
            if path in ("/health", "/ready", "/metrics"):
                continue
            for method in methods:
                answer = await client.request(method, path.replace("{workflow_id}", NOWHERE.rpartition("/")[2]))
                problem(answer, 401, "unauthorized")
                assert answer.headers["www-authenticate"].startswith("Bearer")
        problem(await client.get("/nothing"), 401, "unauthorized")


async def test_the_description_is_complete(http):
    document = (await http.get("/api/v1/openapi.json")).json()
    schemas = document["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)):
        assert name in schemas
    submit = document["paths"]["/api/v1/workflows"]["post"]
    assert submit["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("SubmitWorkflow")
    assert set(submit["responses"]) == {"201", "default"}
    assert "application/problem+json" in submit["responses"]["default"]["content"]
    assert "#/$defs" not in json.dumps(document)


async def test_a_broken_or_unknown_token_is_refused(engine):
    async with engine.http(None) as client:
        for header in ("Basic YTpi", "Bearer", "Bearer " + "x" * 600, "Bearer unknown"):
            problem(await client.get("/api/v1/roles", headers={"Authorization": header}), 401, "unauthorized")


async def test_an_expired_or_revoked_key_is_refused(engine, rows):
    await insert_key(rows, "acme", "expired-token", "read", expires="-1 second")
    revoked = await insert_key(rows, "acme", "revoked-token", "read")
    await rows.execute("update api_key set revoked_at = now() where id = $1", revoked)
    for token in ("expired-token", "revoked-token"):
        async with engine.http(token) as client:
            problem(await client.get("/api/v1/roles"), 401, "unauthorized")


async def test_a_key_without_the_scope_is_refused(engine, rows):
    await insert_key(rows, "acme", "reading-token", "read")
    async with engine.http("reading-token") as client:
        assert (await client.get("/api/v1/workflows")).status_code == 200
        assert (await client.post("/api/v1/tickets", json={})).status_code == 201
        problem(await client.post("/api/v1/workflows", json={}), 403, "forbidden")


async def test_a_fault_of_ours_says_nothing_of_its_cause(http, rows):
    workflow = await insert_workflow(rows)
    answer = await http.post(f"/api/v1/workflows/{workflow}/cancel")
    assert "Traceback" not in answer.text
    problem(answer, 500, "internal")


async def test_no_error_repeats_the_token(http):
    answer = await http.get("/nothing")
    assert http.headers["authorization"].partition(" ")[2] not in json.dumps(answer.json())


async def test_a_client_that_leaves_in_mid_body_is_no_fault_of_ours(engine, http, caplog):
    _, writer = await asyncio.open_connection("127.0.0.1", engine.addresses.http_port)
    head = f"POST /api/v1/workflows HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nIdempotency-Key: k\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    async with asyncio.timeout(DEADLINE):
        while 'method="POST"' not in (await http.get("/metrics")).text:  # noqa: ASYNC110 - another side's state
            await asyncio.sleep(0.01)
    assert 'status="500"' not in (await http.get("/metrics")).text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_database_that_goes_away_is_said_and_coming_back_it_is_used(http, database):
    name = database.admin_url.rpartition("/")[2].partition("?")[0]
    connection = await asyncpg.connect(database.admin_url)
    await connection.execute(f'alter database "{name}" connection limit 0')  # a superuser still gets in
    others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()"
    await connection.execute(others, name)
    answer = await http.get("/api/v1/workflows")
    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert (await http.get("/health")).status_code == 200
    async with asyncio.timeout(DEADLINE):
        while (await http.get("/ready")).status_code != 503:  # noqa: ASYNC110 - another side's state
            await asyncio.sleep(0.01)
    await connection.execute(f'alter database "{name}" connection limit -1')
    await connection.close()
    assert (await http.get("/api/v1/workflows")).status_code == 200
