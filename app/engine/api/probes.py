"""``/health``, ``/ready`` and ``/metrics``: without a token; metrics for the cluster alone."""

from typing import Final

from fastapi import APIRouter, Request, Response

from app.engine.api.context import Api
from app.engine.api.problem import ApiError
from app.engine.metrics import CONTENT_TYPE
from contract.api import Readiness

ROUTES = APIRouter(tags=["probes"])
FORWARDED: Final = ("x-forwarded-for", "x-real-ip", "forwarded")
"""Set by the ingress on whatever it lets in, so nobody outside can leave all of them out."""


@ROUTES.get("/health")
async def health() -> dict[str, str]:
    """The process answers. Says nothing about what it depends on: restarting would not mend that."""
    return {"status": "healthy"}


@ROUTES.get("/ready", response_model=Readiness)
async def ready(api: Api) -> Response:
    """Whether traffic should come here: database writable, migrations applied, core alive, not draining."""
    checks = await api.checks()
    answer = Readiness(ready=all(check == "ok" for check in checks.values()), checks=dict(checks))
    headers = {"Cache-Control": "no-store"}
    return Response(answer.model_dump_json(), 200 if answer.ready else 503, headers, "application/json")


@ROUTES.get("/metrics", response_class=Response)
async def metrics(request: Request, api: Api) -> Response:
    """Prometheus text; absent for callers outside the cluster and where MONITORING_ENABLED is false."""
    if any(header in request.headers for header in FORWARDED):
        raise ApiError.not_found("metrics: they are for the cluster alone")
    if not api.monitoring:
        raise ApiError.not_found("metrics: MONITORING_ENABLED is false")
    return Response(api.metrics.exposition(), media_type=CONTENT_TYPE)
