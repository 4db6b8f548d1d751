"""``/health``, ``/ready`` and ``/metrics``: cluster-internal, without a token."""

from fastapi import APIRouter, Response

from app.engine.api.context import Api
from app.engine.api.problem import ApiError
from app.engine.metrics import CONTENT_TYPE
from contract.api import Readiness

ROUTES = APIRouter(tags=["probes"])


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
async def metrics(api: Api) -> Response:
    """Prometheus text; absent where MONITORING_ENABLED is false."""
    if not api.monitoring:
        raise ApiError.not_found("metrics: MONITORING_ENABLED is false")
    return Response(api.metrics.exposition(), media_type=CONTENT_TYPE)
