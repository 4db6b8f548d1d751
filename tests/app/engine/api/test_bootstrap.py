"""Bootstrap tokens: what the file lists is accepted, what it replaced is not, and an older file undoes nothing."""

from collections.abc import AsyncIterator

import pytest

from app.database import Pool, create_pool
from app.engine.api.authentication import identify
from app.engine.api.bootstrap import BootstrapToken, read_tokens, register
from app.engine.api.problem import ApiError
from contract.names import DatabaseLogin
from tests.servers.postgres import Database

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """Connections of login ``api``: what it may do is what counts."""
    made = await create_pool(database.api_url, low=0, high=1, role=DatabaseLogin.API)
    yield made
    await made.close()


def token(generation: int, text: str = "token-of-generation") -> BootstrapToken:
    return BootstrapToken(generation, f"{text}-{generation}")


async def accepted(pool: Pool, each: BootstrapToken) -> bool:
    try:
        await identify(pool, each.token)
    except ApiError:
        return False
    return True


async def test_three_generations_are_accepted_and_what_they_replace_is_revoked(pool: Pool) -> None:
    await register(pool, (token(1), token(2), token(3)))
    await register(pool, (token(2), token(3), token(4)))
    assert [await accepted(pool, token(number)) for number in (1, 2, 3, 4)] == [False, True, True, True]


async def test_an_engine_whose_file_is_older_revokes_nothing_that_is_newer(pool: Pool) -> None:
    await register(pool, (token(2), token(3), token(4)))
    await register(pool, (token(1), token(2), token(3)))
    assert [await accepted(pool, token(number)) for number in (2, 3, 4)] == [True, True, True]
    await register(pool, (token(2), token(3), token(4)))
    assert [await accepted(pool, token(number)) for number in (1, 2, 3, 4)] == [False, True, True, True]


async def test_another_token_of_the_same_generation_replaces_it(pool: Pool) -> None:
    await register(pool, (token(0),))
    await register(pool, (token(0, "another-configured-token"),))
    assert not await accepted(pool, token(0))
    assert await accepted(pool, token(0, "another-configured-token"))


async def test_a_key_that_somebody_revoked_stays_revoked(pool: Pool, database: Database) -> None:
    await register(pool, (token(1),))
    admin = await create_pool(database.admin_url, low=0, high=1)
    await admin.execute("update api_key set revoked_at = now()")
    await admin.close()
    await register(pool, (token(1),))
    assert not await accepted(pool, token(1))


async def test_other_keys_are_nobody_s_business(pool: Pool, database: Database) -> None:
    await register(pool, (token(1),))
    admin = await create_pool(database.admin_url, low=0, high=1)
    await admin.execute("update api_key set name = 'ci'")
    await admin.close()
    await register(pool, (token(5),))
    assert await accepted(pool, token(1))


def test_a_bare_token_is_of_generation_zero_and_numbers_go_before() -> None:
    assert read_tokens("token-of-generation-0\n") == (token(0),)
    assert read_tokens("1 token-of-generation-1\n2 token-of-generation-2\n") == (token(1), token(2))


@pytest.mark.parametrize("text", ["", "\n", "short", "1 2 token-of-generation-1", "x token-of-generation-1", "ü" * 30])
def test_anything_else_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^no "):
        read_tokens(text)
