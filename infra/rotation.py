"""Rotation by one setting, ``secretsGeneration``: who verifies a secret knows three generations of it.

Who presents a secret shows the current generation. Who verifies one accepts the previous, which some still show, the
current, and the next, which therefore is known everywhere before anybody shows it. So the order in which a change
reaches pods, database and agents does not matter, as long as each change has arrived before the next one is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from contract.names import DatabaseLogin, SecretName

Value = TypeVar("Value")
Other = TypeVar("Other")
TURNS: Final = 3


@dataclass(frozen=True)
class Generations(Generic[Value]):
    """One value for each generation that is accepted."""

    number: int
    """Of the current one."""
    previous: Value
    current: Value
    next: Value

    @property
    def accepted(self) -> tuple[tuple[int, Value], ...]:
        """Number and value, oldest first."""
        return (self.number - 1, self.previous), (self.number, self.current), (self.number + 1, self.next)

    def each(self, change: Callable[[Value], Other]) -> "Generations[Other]":
        """The same generations of something made from each value."""
        return Generations(self.number, change(self.previous), change(self.current), change(self.next))


def generations(number: int, make: Callable[[int], Value]) -> Generations[Value]:
    """Whatever ``make`` makes for each accepted generation."""
    return Generations(number, make(number - 1), make(number), make(number + 1))


def named(name: str, generation: int) -> str:
    """``name`` for the first generation, so that a stack that never rotates has plain names; then ``name-2``."""
    return name if generation == 1 else f"{name}-{generation}"


@dataclass(frozen=True)
class Login:
    """One of the three database logins that take turns for a role, and its Secret in namespace ``database``."""

    name: str
    secret: str


SECRETS: Final = {DatabaseLogin.API: SecretName.DATABASE_API, DatabaseLogin.WORKER: SecretName.DATABASE_WORKER}
"""Logins with three names, since PostgreSQL has one password for each; what connects acts as the first of them."""


def login(role: DatabaseLogin, generation: int) -> Login:
    """Who connects for ``role`` in ``generation``: ``api``, ``api_2``, ``api_3``, then ``api`` again."""
    turn = (generation - 1) % TURNS
    if turn == 0:
        return Login(role, SECRETS[role])
    return Login(f"{role}_{turn + 1}", f"{SECRETS[role]}-{turn + 1}")


def substitutes(role: DatabaseLogin) -> tuple[Login, ...]:
    """The two logins beside the one that is named like the role."""
    return login(role, 2), login(role, 3)
