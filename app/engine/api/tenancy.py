"""The API's uses of the database: each has one deadline, and a tenant's rows are read under that tenant alone."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final

from app import database

if TYPE_CHECKING:
    from app.database import Connection, Pool

ANSWER_SECONDS: Final = 5.0
"""Longest use of the database by one request, waiting for a connection included: a later answer helps nobody."""


def tenant_transaction(pool: "Pool", tenant: str) -> "AbstractAsyncContextManager[Connection]":
    """A transaction of login ``api`` that sees ``tenant``'s rows and no others."""
    return database.tenant_transaction(pool, tenant, ANSWER_SECONDS)


def session(pool: "Pool") -> "AbstractAsyncContextManager[Connection]":
    """A connection without a tenant: it sees no tenant's rows, only what functions answer."""
    return database.session(pool, ANSWER_SECONDS)
