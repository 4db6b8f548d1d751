"""The application of port 8000."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from app.engine.api import listings, probes, tickets, workflows
from app.engine.api.context import ApiContext
from app.engine.api.description import describe
from app.engine.api.edge import Edge
from app.engine.api.failures import as_api_error
from app.engine.api.gate import Gate
from app.engine.api.problem import ApiError
from app.engine.api.ratelimit import Limiter
from contract.api import API_PREFIX


def application(context: ApiContext, limiter: Limiter) -> ASGIApp:
    """The HTTP API behind its gate and its edge."""
    app = FastAPI(
        title="MCP orchestration engine",
        version="1",
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.api = context
    for routes in (workflows.ROUTES, listings.ROUTES, tickets.ROUTES, probes.ROUTES):
        app.include_router(routes)
    describe(app)
    for kind in (ApiError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _answer)
    return Edge(Gate(app, context.pool, limiter), context.metrics.observe_request)


async def _answer(request: Request, error: Exception) -> Response:
    told = as_api_error(error, request.method, request.url.path)
    body = told.body(request.scope["state"]["request_id"])
    return Response(body, told.status, told.all_headers())
