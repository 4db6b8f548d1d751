"""Reading a JSON body into a contract model, off the event loop where it is large."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from app.engine.api.problem import ApiError
from contract.api import ErrorCode

OFF_LOOP_BYTES: Final = 64 * 1024
"""Work on more than this runs in a thread: parsing 1 MiB would hold up heartbeats and every other request."""

Model = TypeVar("Model", bound=BaseModel)
Result = TypeVar("Result")


async def parsed(request: Request, model: type[Model]) -> tuple[Model, bytes]:
    """The body as ``model``, and its bytes. Raises :class:`ApiError`: wrong media type, no JSON, wrong shape."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as application/json.")
    content = await request.body()
    return await sized(len(content), lambda: _parse(content, model)), content


async def sized(size: int, work: Callable[[], Result]) -> Result:
    """``work()``, in a thread where it works on more than :data:`OFF_LOOP_BYTES`."""
    return work() if size <= OFF_LOOP_BYTES else await asyncio.to_thread(work)


def _parse(content: bytes, model: type[Model]) -> Model:
    try:
        document: object = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError(ErrorCode.MALFORMED_JSON, f"The body is not JSON: {_first_line(error)}.") from error
    if not isinstance(document, dict):
        raise ApiError(ErrorCode.INVALID_REQUEST, "The body must be a JSON object.")
    if "\\u0000" in content.decode():
        raise ApiError(ErrorCode.INVALID_REQUEST, "The body contains the character U+0000, which cannot be stored.")
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise invalid(error) from error


def invalid(error: ValidationError) -> ApiError:
    """Every fault of ``error`` with its place."""
    faults = [
        {
            "at": ".".join(str(part) for part in fault["loc"]),
            "reason": fault["msg"].removeprefix("Value error, "),
        }
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return ApiError(ErrorCode.INVALID_REQUEST, "The request is not valid; `errors` says where.", errors=faults[:50])


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")


def _first_line(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error).splitlines()[0]
