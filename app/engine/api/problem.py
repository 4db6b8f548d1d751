"""Every error of the API as an RFC 9457 problem document with a stable ``code``.

One root error, :class:`ApiError`; its constructors take what went wrong and build the sentence. It is mapped once to
HTTP and once to a refused WebSocket handshake.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Self

from contract.api import MAX_BODY_BYTES, PROBLEM_MEDIA_TYPE, ErrorCode, Problem
from contract.errors import ContractError

TYPE_PREFIX: Final = "urn:mcp-platform:problem:"

STATUS: Final[Mapping[ErrorCode, HTTPStatus]] = {
    ErrorCode.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.ORIGIN_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.MALFORMED_JSON: HTTPStatus.BAD_REQUEST,
    ErrorCode.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.INVALID_REQUEST: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.INVALID_CURSOR: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.UNKNOWN_TEMPLATE: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.UNKNOWN_ROLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.HAND_OFF_NOT_ALLOWED: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.INVALID_INPUT: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.IDEMPOTENCY_KEY_MISSING: HTTPStatus.BAD_REQUEST,
    ErrorCode.IDEMPOTENCY_KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.IDEMPOTENCY_IN_PROGRESS: HTTPStatus.CONFLICT,
    ErrorCode.ALREADY_FINISHED: HTTPStatus.CONFLICT,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class ApiError(Exception):
    """Something the caller is told. ``errors`` locates single faults; ``headers`` go with the answer."""

    def __init__(
        self,
        code: ErrorCode,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(dict(fault) for fault in errors)
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """HTTP status of the code."""
        return STATUS[self.code]

    @classmethod
    def unauthorized(cls, reason: str) -> Self:
        """No, a broken, an unknown, an expired or a revoked token."""
        return cls(ErrorCode.UNAUTHORIZED, reason, headers={"WWW-Authenticate": 'Bearer realm="mcp-platform"'})

    @classmethod
    def forbidden(cls, scope: str) -> Self:
        """A good token that lacks a scope."""
        return cls(ErrorCode.FORBIDDEN, f"This token lacks the scope {scope}.")

    @classmethod
    def not_found(cls, what: str) -> Self:
        """Nothing there, or nothing there that this tenant may know of."""
        return cls(ErrorCode.NOT_FOUND, f"There is no {what}.")

    @classmethod
    def body_too_large(cls) -> Self:
        """More than the documented limit."""
        return cls(ErrorCode.BODY_TOO_LARGE, f"The body is larger than {MAX_BODY_BYTES} bytes.")

    @classmethod
    def from_contract(cls, error: ContractError) -> Self:
        """A document that the contract refuses."""
        return cls(ErrorCode.INVALID_REQUEST, str(error))

    @classmethod
    def unavailable(cls, detail: str, retry_after: int = 1) -> Self:
        """Not now; ask again after ``retry_after`` seconds."""
        return cls(ErrorCode.UNAVAILABLE, detail, headers={"Retry-After": str(retry_after)})

    @classmethod
    def internal(cls) -> Self:
        """A fault of ours; the log has the rest under the request id."""
        return cls(ErrorCode.INTERNAL, "The engine failed on this request; its log tells more under the request id.")

    def document(self, request_id: str) -> Problem:
        """The problem document."""
        return Problem(
            type=TYPE_PREFIX + self.code,
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            code=self.code,
            request_id=request_id,
            errors=self.errors,
        )

    def body(self, request_id: str) -> bytes:
        """The problem document as JSON; ``errors`` only where there are any."""
        document: dict[str, Any] = self.document(request_id).model_dump(mode="json")
        if not self.errors:
            del document["errors"]
        return json.dumps(document).encode()

    def all_headers(self) -> dict[str, str]:
        """Headers of the answer."""
        return {"Content-Type": PROBLEM_MEDIA_TYPE, "Cache-Control": "no-store", **self.headers}
