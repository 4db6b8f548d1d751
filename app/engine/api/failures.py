"""What the caller is told of an exception: the one mapping, for the framework's errors and for ours."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.database import LOST
from app.engine.api.problem import ApiError
from contract.api import ErrorCode


def as_api_error(error: BaseException, method: str, path: str) -> ApiError:
    """What the caller is told of ``error``, raised while answering ``method`` on ``path``."""
    match error:
        case ApiError():
            return error
        case RequestValidationError():
            return _misplaced(error.errors())
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            return ApiError.not_found(f"resource at {path}")
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return ApiError(ErrorCode.METHOD_NOT_ALLOWED, f"{path} does not answer {method}.", headers=error.headers)
        case ClientDisconnect():
            return ApiError(ErrorCode.INVALID_REQUEST, "The client left before it had sent its body.")
        case HTTPException():
            return ApiError(ErrorCode.INVALID_REQUEST, str(error.detail))
        case _ if isinstance(error, LOST):
            return ApiError.unavailable("The database does not answer; ask again, a submission under the same key.")
        case _:
            return ApiError.internal()


def _misplaced(faults: Sequence[Any]) -> ApiError:
    """Parameters of path, query or header that are wrong."""
    errors = [{"at": ".".join(str(part) for part in fault["loc"]), "reason": str(fault["msg"])} for fault in faults]
    return ApiError(ErrorCode.INVALID_REQUEST, "The request is not valid; `errors` says where.", errors=errors)
