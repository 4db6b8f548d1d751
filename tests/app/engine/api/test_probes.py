"""/health, /ready and /metrics."""

import httpx
import pytest

from tests.app.engine.api.harness import running, settings_for

pytestmark = pytest.mark.anyio


async def test_the_three_probes_need_no_token(engine):
    async with engine.http(None) as client:
        health = await client.get("/health")
        assert (health.status_code, health.json()) == (200, {"status": "healthy"})
        ready = await client.get("/ready")
        assert ready.json() == {
            "ready": True,
            "checks": {"database": "ok", "migrations": "ok", "core": "ok", "serving": "ok"},
        }
        metrics = await client.get("/metrics")
        for name in (
            'workflow_executions_total{status="failed"}',
            "workflow_executions_active",
            "websocket_connections",
        ):
            assert name in metrics.text, name


async def test_each_port_serves_its_own_application_only(engine):
    async with httpx.AsyncClient(trust_env=False) as client:
        there = f"http://127.0.0.1:{engine.addresses.websocket_port}"
        assert (await client.get(f"{there}/api/v1/roles")).status_code == 401
        assert (await client.get(f"{there}/health")).status_code == 404


async def test_without_monitoring_there_are_no_metrics(database):
    async with running(settings_for(database, monitoring=False)) as engine, engine.http(None) as client:
        assert (await client.get("/metrics")).json()["code"] == "not_found"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
async def test_nobody_reads_metrics_through_the_ingress(engine, header):
    async with engine.http(None) as client:
        answer = await client.get("/metrics", headers={header: "203.0.113.9"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await client.get("/health", headers={header: "203.0.113.9"})).status_code == 200
