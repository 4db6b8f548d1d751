"""Raising ``secretsGeneration`` by one replaces everything generated, and whatever is shown next is known before."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from contract.names import DatabaseLogin
from infra import rotation
from infra.cache import valkey


@pytest.fixture
def regions(
    region_of: Callable[[dict[str, Any]], list[Any]], settings_of: Callable[[str], dict[str, Any]]
) -> Callable[[int], list[Any]]:
    """Stack ``prod`` in a generation; built once for each."""
    built: dict[int, list[Any]] = {}

    def build(generation: int) -> list[Any]:
        if generation not in built:
            built[generation] = region_of(settings_of("prod") | {"secretsGeneration": generation})
        return built[generation]

    return build


def data(region: list[Any], kind: str, namespace: str, name: str) -> dict[str, str]:
    """Contents of a Secret or ConfigMap, decoded."""
    (found,) = (each.inputs["data"] for each in region if each.key == (kind, namespace, name))
    if kind == "ConfigMap":
        return found
    return {key: base64.b64decode(value).decode() for key, value in found.items()}


def generators(region: list[Any]) -> set[str]:
    return {each.name for each in region if each.type.startswith("random:")}


def test_the_first_generation_has_the_plain_names(regions: Callable[[int], list[Any]]) -> None:
    assert {"database-owner-password", "database-api-password", "cache-password", "engine-signing-seed"} <= generators(
        regions(1)
    )


def test_every_generated_secret_is_replaced(regions: Callable[[int], list[Any]]) -> None:
    """Only what the previous generation still shows stays, and it goes with the next one."""
    stays = generators(regions(1)) & generators(regions(3))
    assert stays == {name for name in generators(regions(3)) if name.endswith("-2")}
    assert not generators(regions(1)) & generators(regions(4))


@pytest.mark.parametrize("generation", [1, 2, 3, 4])
@pytest.mark.parametrize("role", rotation.SECRETS)
def test_the_next_login_has_its_password_before_anything_connects_with_it(
    regions: Callable[[int], list[Any]], generation: int, role: DatabaseLogin
) -> None:
    secret = rotation.SECRETS[role]
    shown_next = data(regions(generation + 1), "Secret", "mcp-orchestration", secret)
    login = rotation.login(role, generation + 1)
    assert shown_next["username"] == login.name
    for known_in in (generation, generation + 1, generation + 2):
        known = data(regions(known_in), "Secret", "database", login.secret)
        assert known == {"username": shown_next["username"], "password": shown_next["password"]}
    assert f"//{login.name}:{shown_next['password']}@" in shown_next["connection-string"]


def test_three_logins_take_turns_and_act_as_the_first(regions: Callable[[int], list[Any]]) -> None:
    (cluster,) = (each.inputs for each in regions(1) if each.kind == "Cluster")
    roles = {each["name"]: each for each in cluster["spec"]["managed"]["roles"]}
    for role in rotation.SECRETS:
        names = {rotation.login(role, number).name for number in range(1, 10)}
        assert len(names) == 3
        for name in names - {role}:
            assert (roles[name]["inRoles"], roles[name]["inherit"], roles[name]["superuser"]) == ([role], False, False)
        assert "inRoles" not in roles[role]
        # The group is made before its members.
        assert min(list(roles).index(name) for name in names) == list(roles).index(role)


def test_agents_know_the_next_key_before_the_engine_signs_with_it(regions: Callable[[int], list[Any]]) -> None:
    private = data(regions(3), "Secret", "mcp-orchestration", "engine-signing-key")["private.pem"]
    public = load_pem_private_key(private.encode(), None).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    known = [
        pem in data(regions(number), "ConfigMap", "mcp-agents", "engine-public-key")["public.pem"]
        for number in (1, 2, 3, 4, 5)
    ]
    assert known == [False, True, True, True, False]


def test_the_engine_accepts_the_next_bootstrap_token_before_anybody_has_it(
    regions: Callable[[int], list[Any]],
) -> None:
    token = data(regions(3), "Secret", "mcp-orchestration", "api-bootstrap-token")["token"]
    accepted = [
        data(regions(number), "Secret", "mcp-orchestration", "api-bootstrap-token")["accepted"].splitlines()
        for number in (1, 2, 3, 4, 5)
    ]
    assert [f"3 {token}" in lines for lines in accepted] == [False, True, True, True, False]


def test_the_cache_accepts_the_next_password_before_the_engine_shows_it(regions: Callable[[int], list[Any]]) -> None:
    shown = data(regions(3), "Secret", "mcp-orchestration", "cache-credentials")["password"]
    known = [
        valkey.quoted(shown).strip('"') in data(regions(number), "Secret", "cache", "cache-credentials")[file]
        for file in ("auth.conf", "sentinel.conf")
        for number in (1, 2, 3, 4, 5)
    ]
    assert known == [False, True, True, True, False] * 2


def test_pods_that_read_their_secrets_once_roll_with_each_generation_and_no_other_does(
    regions: Callable[[int], list[Any]],
) -> None:
    pods = [{each.key: each.pod for each in regions(number) if each.pod is not None} for number in (1, 2)]
    rolled = {key[2] for key, pod in pods[0].items() if pod != pods[1][key]}
    assert rolled == {"redis-cluster", "redis-proxy", "fluentd"}
