"""The providers' answers, asked directly: what needs neither an engine nor an API server."""

from typing import Any

import pytest
from offline_plugins import randomness
from offline_plugins.kubernetes import provider as kubernetes
from offline_plugins.wire import Secret, decode, encode
from pulumi.runtime.proto import provider_pb2

RELEASE = "urn:pulumi:dev::mcp::kubernetes:helm.sh/v3:Release::cnpg"
PASSWORD = "urn:pulumi:dev::mcp::random:index/randomPassword:RandomPassword::login"


class RefusedError(Exception):
    """A call was aborted."""


class Context:
    """Stands for gRPC's context."""

    def abort(self, _code: object, details: str) -> None:
        """Refuse as gRPC does."""
        raise RefusedError(details)


def test_a_chart_is_recorded_with_its_secrets_secret() -> None:
    provider: Any = kubernetes.Provider()
    inputs = {"name": "cnpg", "namespace": "database", "chart": "cloudnative-pg", "values": {"key": Secret("k")}}

    made = provider.Create(provider_pb2.CreateRequest(urn=RELEASE, properties=encode(inputs)), Context())

    outputs = decode(made.properties)
    assert made.id == "database/cnpg"
    assert outputs["status"] == {"status": "recorded"} and outputs["__offline"] is True
    assert outputs["values"] == {"key": Secret("k")}


def test_a_chart_of_another_version_is_an_update_and_another_name_a_replacement() -> None:
    provider: Any = kubernetes.Provider()

    def diff(**changed: str) -> Any:
        old = {"name": "cnpg", "version": "1.0.0"}
        request = provider_pb2.DiffRequest(urn=RELEASE, old_inputs=encode(old), news=encode({**old, **changed}))
        return provider.Diff(request, Context())

    assert not diff(version="1.1.0").replaces
    assert list(diff(name="other").replaces) == ["name"]


def test_an_object_without_kind_is_refused_before_anything_is_made() -> None:
    provider: Any = kubernetes.Provider()
    urn = "urn:pulumi:dev::mcp::kubernetes:apiextensions.k8s.io:CustomResource::thing"
    found = provider.Check(provider_pb2.CheckRequest(urn=urn, news=encode({"metadata": {}})), Context())
    assert [each.property for each in found.failures] == ["apiVersion", "kind"]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [({}, "length is required"), ({"length": 0}, "length must be at least 1, not 0")],
)
def test_a_random_value_without_length_is_refused(inputs: dict[str, Any], reason: str) -> None:
    provider: Any = randomness.Provider()
    found = provider.Check(provider_pb2.CheckRequest(urn=PASSWORD, news=encode(inputs)), Context())
    assert [each.reason for each in found.failures] == [reason]


def test_a_random_kind_that_is_not_offered_is_refused() -> None:
    provider: Any = randomness.Provider()
    urn = "urn:pulumi:dev::mcp::random:index/randomShuffle:RandomShuffle::x"
    with pytest.raises(RefusedError, match="does not offer random:index/randomShuffle"):
        provider.Check(provider_pb2.CheckRequest(urn=urn, news=encode({})), Context())


@pytest.mark.parametrize("token", sorted(randomness.KINDS))
def test_every_random_kind_draws_and_keeps_its_secrets(token: str) -> None:
    provider: Any = randomness.Provider()
    inputs = {"length": 32, "byteLength": 4, "min": 1, "max": 6}
    urn = f"urn:pulumi:dev::mcp::{token}::x"
    made = provider.Create(provider_pb2.CreateRequest(urn=urn, properties=encode(inputs)), Context())
    outputs = decode(made.properties)
    assert made.id
    assert {key for key, value in outputs.items() if isinstance(value, Secret)} == set(randomness.KINDS[token][2])


def test_a_preview_draws_nothing_and_keeps_it_secret() -> None:
    provider: Any = randomness.Provider()
    request = provider_pb2.CreateRequest(urn=PASSWORD, properties=encode({"length": 8}), preview=True)
    planned = decode(provider.Create(request, Context()).properties)
    assert isinstance(planned["result"], Secret) and not isinstance(planned["result"].value, str)
