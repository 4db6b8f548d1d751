"""Every secret between the platform's processes is replaced while it works, in whichever order the change arrives.

The database, the agents' key file and the engine's files play the parts of CloudNativePG and the kubelet; what they
hold in each generation is what :mod:`infra.rotation` says. Two generations, so that the logins come round again.
"""

import re
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.engine.api.bootstrap import LOOK_SECONDS
from contract.names import DatabaseLogin
from tests.platform.processes import Platform, platform, until
from tests.servers import logins
from tests.servers.logins import PasswordLogin
from tests.servers.postgres import Database

BODY = {"template": "software-delivery", "input": {"brief": "A clock that shows the time in three cities."}}
ROLES = (DatabaseLogin.API, DatabaseLogin.WORKER)
CALLERS = 6
APART_SECONDS = LOOK_SECONDS + 1
"""Between the halves of a rotation: a generation has arrived everywhere before the next begins."""


@dataclass
class Rotation:
    """What is accepted and what is shown; ``number`` is the current generation."""

    directory: Path
    database: Database
    number: int = 1
    keys: dict[int, Ed25519PrivateKey] = field(default_factory=dict[int, Ed25519PrivateKey])
    logins: dict[tuple[DatabaseLogin, int], PasswordLogin] = field(
        default_factory=dict[tuple[DatabaseLogin, int], PasswordLogin]
    )

    def begin(self) -> None:
        """The first generation, before anything runs."""
        for role in ROLES:
            for number in (0, 1, 2):
                self.logins[role, number] = logins.make(self.database, role)
        self.verifiers(1)
        self.presenters(1)

    def token(self, number: int) -> str:
        """The bootstrap token of a generation."""
        return f"bootstrap-token-of-generation-{number}"

    def verifiers(self, number: int) -> None:
        """What database and agents accept becomes that of generation ``number``."""
        for role in ROLES:
            if number > 1:  # the login that comes next is the one that went before
                self.logins[role, number + 1] = logins.change_password(
                    self.database, self.logins[role, number - 2].name
                )
        public = b"".join(
            self._key(each).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            for each in (number, number + 1, number - 1)
        )
        self._write("public.pem", public.decode())

    def presenters(self, number: int) -> None:
        """What the engine shows, and what it takes for a bootstrap token, becomes that of generation ``number``."""
        self._write("DATABASE_API_URL_FILE", self.logins[DatabaseLogin.API, number].url)
        self._write("DATABASE_WORKER_URL_FILE", self.logins[DatabaseLogin.WORKER, number].url)
        pem = self._key(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._write("SIGNING_KEY_FILE", pem.decode())
        lines = [f"{each} {self.token(each)}\n" for each in (number - 1, number, number + 1)]
        self._write("API_TOKEN_FILE", "".join(lines))
        self.number = number

    def _key(self, number: int) -> Ed25519PrivateKey:
        return self.keys.setdefault(number, Ed25519PrivateKey.generate())

    def _write(self, name: str, content: str) -> None:
        beside = self.directory / f"{name}.new"
        beside.write_text(content)
        beside.replace(self.directory / name)


class Callers:
    """Requests without a pause, from several at once; every refusal and failure is kept."""

    def __init__(self, urls: list[str], token: Callable[[], str]) -> None:
        self.failures: list[str] = []
        self.done = 0
        self.made: list[str] = []
        self.urls = urls
        self._token = token
        self._stop = threading.Event()

    @contextmanager
    def calling(self, count: int) -> Generator[None]:
        """Call until the block ends."""
        threads = [threading.Thread(target=self._call, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(60)
            self._stop.clear()

    def _call(self, number: int) -> None:
        turn = number
        with httpx.Client(trust_env=False, timeout=20) as http:
            while not self._stop.is_set():
                turn += 1
                url = self.urls[turn % len(self.urls)]
                headers = {"Authorization": f"Bearer {self._token()}", "Idempotency-Key": f"{number}-{turn}"}
                try:
                    if turn % 25 == 0:
                        answer = http.post(f"{url}/api/v1/workflows", json=BODY, headers=headers)
                        if answer.status_code < 300:
                            self.made.append(answer.json()["id"])
                    else:
                        answer = http.get(f"{url}/api/v1/workflows", headers=headers)
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))
                    continue
                self.done += 1
                if answer.status_code >= 300:
                    self.failures.append(f"{answer.status_code} {answer.text[:300]}")


@pytest.fixture
def agents(tmp_path: Path, database: Database, cache_url: str) -> Generator[Platform]:
    """Four agents, still of the test environment's key."""
    with platform(tmp_path, database, cache_url) as made:
        made.engine_variables["RATE_LIMITING_ENABLED"] = "false"
        yield made


def test_no_request_and_no_turn_fails_while_every_secret_is_rotated_in_either_order(
    agents: Platform, database: Database
) -> None:
    rotation = Rotation(agents.directory, database)
    rotation.begin()
    _, first, _ = agents.engine("engine-1")
    callers = Callers([first], lambda: rotation.token(rotation.number))
    with callers.calling(1):
        time.sleep(0.5)
    for number, halves in (
        (2, (rotation.verifiers, rotation.presenters)),
        (3, (rotation.presenters, rotation.verifiers)),
    ):
        with callers.calling(CALLERS):  # more at once than before: the engine opens connections at every stage
            for half in halves:
                half(number)
                time.sleep(APART_SECONDS)
    _, second, _ = agents.engine("engine-2")
    callers.urls.append(second)
    with callers.calling(CALLERS):
        time.sleep(1)
    assert not callers.failures, (callers.failures[:5], len(callers.failures), callers.done, agents.logs())
    assert callers.done > 100
    with client(first, rotation.token(3)) as http:

        def ended() -> bool:
            answers = [http.get(f"/api/v1/workflows/{each}").json()["status"] for each in callers.made]
            assert set(answers) <= {"queued", "running", "completed"}, answers
            return set(answers) == {"completed"}

        until(ended)
    assert {*outcomes(first), *outcomes(second)} == {"completed"}
    for url in (first, second):  # what left the file ends, what is in it lasts
        with client(url, rotation.token(1)) as http:
            until(lambda http=http: http.get("/api/v1/workflows").status_code == 401)
    assert {rotation.logins[role, 3].name for role in ROLES} <= logins.sessions(database)


def client(url: str, token: str) -> httpx.Client:
    """A client with ``token``."""
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=20)


def outcomes(url: str) -> list[str]:
    """How the steps ended that this engine ran."""
    text = httpx.get(f"{url}/metrics", trust_env=False).text
    return re.findall(r'agent_executions_total{.*status="(\w+)"', text)
