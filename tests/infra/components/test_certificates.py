"""Who signs: the cluster's own issuer, one that signs itself, or an ACME account that proves the domain by DNS."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.faults import SettingsError
from infra.settings import parse

Region = Callable[[dict[str, Any]], list[Any]]
Settings = Callable[[str], dict[str, Any]]


def issuers(made: list[Any]) -> list[dict[str, Any]]:
    return [each.inputs["spec"] for each in made if each.kind == "ClusterIssuer"]


def with_dns(document: dict[str, Any], **dns01: str) -> dict[str, Any]:
    return document | {"certificates": {"acme": {"email": "ops@example.com", "dns01": dns01}}}


def test_a_machine_without_a_domain_signs_itself(local: list[Any]) -> None:
    assert issuers(local) == [{"selfSigned": {}}]


def test_a_cloud_region_proves_its_domain_by_dns_and_never_by_http(prod: list[Any]) -> None:
    (spec,) = issuers(prod)
    assert spec["acme"]["solvers"] == [{"dns01": {"route53": {"region": "us-east-1"}}}]
    assert spec["acme"]["server"] == "https://acme-v02.api.letsencrypt.org/directory"


def test_an_issuer_that_the_cluster_has_is_not_made(region_of: Region, settings_of: Settings) -> None:
    document = settings_of("prod") | {"certificates": {"clusterIssuer": "company"}}
    made = region_of(document)
    assert issuers(made) == []
    (certificate, *_) = [each.inputs["spec"] for each in made if each.kind == "Certificate"]
    assert certificate["issuerRef"]["name"] == "company"


def test_a_zone_that_takes_updates_gets_a_signed_one(region_of: Region, settings_of: Settings) -> None:
    made = region_of(settings_of("onprem"))
    (spec,) = issuers(made)
    solver = spec["acme"]["solvers"][0]["dns01"]["rfc2136"]
    assert solver["tsigAlgorithm"] == "HMACSHA512"
    reference = solver["tsigSecretSecretRef"]
    assert [each for each in made if each.key == ("Secret", "cert-manager", reference["name"])]


@pytest.mark.parametrize(
    ("dns01", "sentence"),
    [
        ({"provider": "route53"}, "dns01.region: is required by provider route53"),
        ({"provider": "cloudDNS", "project": "p", "zoneId": "Z1"}, 'dns01.zoneId = "Z1": is nothing that provider'),
        ({"provider": "rfc2136", "nameserver": "ns:53"}, "dns01.keyName: is required by provider rfc2136"),
    ],
)
def test_a_provider_without_what_it_needs_is_refused(
    settings_of: Settings, dns01: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(with_dns(settings_of("prod"), **dns01))
    assert f"mcp:settings.certificates.acme.{sentence}" in str(caught.value)


def test_two_issuers_under_one_name_are_refused(settings_of: Settings) -> None:
    document = settings_of("prod")
    with pytest.raises(SettingsError, match=r"certificates\.selfSigned .* exclude one another"):
        parse(document | {"certificates": document["certificates"] | {"selfSigned": "on"}})
