"""Settings of the ingress that are refused, and the sentence that says why."""

from typing import Any

import pytest

from infra.faults import SettingsError
from infra.settings import parse
from tests.infra.conftest import document_of

AWS = "service.beta.kubernetes.io/aws-load-balancer"


def refused(stack: str = "prod", **ingress: Any) -> str:
    """What is said of ``ingress`` in that stack."""
    with pytest.raises(SettingsError) as caught:
        parse({**document_of(stack), "ingress": ingress})
    return str(caught.value)


@pytest.mark.parametrize("source", ["proxyProtocol", "forwardedFor"])
def test_somebody_elses_word_needs_somebody(source: str) -> None:
    said = refused(clientAddress={"source": source})
    assert "mcp:settings.ingress.clientAddress.trusted" in said
    assert f"required by source {source}" in said
    assert "share one limit" in said


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "2000::/3"])
def test_everybody_is_not_to_be_trusted(network: str) -> None:
    said = refused(clientAddress={"source": "proxyProtocol", "trusted": [network]})
    assert "mcp:settings.ingress.clientAddress.trusted.0" in said
    assert "a client could name its own" in said


@pytest.mark.parametrize("network", ["10.0.0.1/16", "load-balancer", "10.0.0.0/40"])
def test_a_range_is_a_range(network: str) -> None:
    said = refused(clientAddress={"source": "proxyProtocol", "trusted": [network]})
    assert "no range of addresses such as 10.0.0.0/16" in said


def test_trust_that_nothing_reads_is_refused() -> None:
    said = refused(clientAddress={"trusted": ["10.0.0.0/16"]})
    assert "is nothing that source connection reads" in said


@pytest.mark.parametrize(
    "annotations",
    [{f"{AWS}-proxy-protocol": "*"}, {f"{AWS}-target-group-attributes": "a=b, proxy_protocol_v2.enabled=true"}],
)
def test_headers_that_nginx_does_not_expect_are_refused(annotations: dict[str, str]) -> None:
    assert "takes for garbage" in refused(service={"annotations": annotations})


def test_a_target_group_that_hides_clients_is_refused() -> None:
    annotations = {f"{AWS}-target-group-attributes": "preserve_client_ip.enabled=false"}
    assert "hides clients' addresses" in refused(service={"annotations": annotations})


def test_the_same_target_group_is_taken_where_it_names_them() -> None:
    attributes = "preserve_client_ip.enabled=false,proxy_protocol_v2.enabled=true"
    ingress = {
        "service": {"annotations": {f"{AWS}-target-group-attributes": attributes}},
        "clientAddress": {"source": "proxyProtocol", "trusted": ["10.0.0.0/16"]},
    }
    assert parse({**document_of("prod"), "ingress": ingress}).ingress.service.annotations


def test_bounds_are_in_order() -> None:
    assert "must not exceed ingress.replicas.max (2)" in refused(replicas={"min": 3, "max": 2})


def test_one_replica_is_no_way_in_where_protection_is_on() -> None:
    assert "must be 2 or more where protection is on" in refused(replicas={"min": 1, "max": 1})


def test_a_misspelt_key_is_told_the_nearest() -> None:
    assert "did you mean clientAddress?" in refused(clientAdress={})
