"""Requests a second, counted by real NGINX."""

from collections.abc import Callable

import pytest

from tests.ingress.asking import API, WS
from tests.ingress.conftest import Entrance
from tests.ingress.flooding import at_once, for_seconds

pytestmark = pytest.mark.servers
CLASSES = [(API, "/api/v1/workflows", 10, 20), (API, "/docs", 10, 20), (API, "/upload", 2, 5), (WS, "/ws/v1", 5, 10)]
"""Host, path, requests a second, burst."""
EACH = pytest.mark.parametrize(("host", "path", "rate", "burst"), CLASSES, ids=[path for _, path, _, _ in CLASSES])


@EACH
def test_one_and_the_burst_pass_at_once_and_the_next_gets_429(
    entrance: Entrance, host: str, path: str, rate: int, burst: int
) -> None:
    flood = at_once(entrance.client(host), path, burst + 30)
    assert set(flood.statuses) == {200, 429}
    assert burst + 1 <= flood.statuses[200] <= burst + 2 + rate * flood.seconds


@EACH
def test_then_as_many_pass_a_second_as_the_specification_says(
    entrance: Entrance, host: str, path: str, rate: int, burst: int
) -> None:
    client = entrance.client(host)
    at_once(client, path, burst + 30)
    flood = for_seconds(client, path, 2.0)
    assert abs(flood.statuses[200] - rate * flood.seconds) <= 1.5


def test_paths_have_buckets_of_their_own(entrance: Entrance) -> None:
    client = entrance.client()
    assert at_once(client, "/upload", 20).statuses[429] > 0
    assert client.ask("/api/v1/workflows").status == 200


def test_two_addresses_have_buckets_of_their_own(entrance: Entrance) -> None:
    assert at_once(entrance.client(address="127.0.0.1"), "/api/", 40).statuses[429] > 0
    assert at_once(entrance.client(address="127.0.0.2"), "/api/", 20).statuses[429] == 0


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP"])
def test_a_client_gets_no_other_bucket_by_a_forged_header(entrance: Entrance, header: str) -> None:
    client = entrance.client()
    at_once(client, "/upload", 20)
    assert client.ask("/upload", headers={header: "203.0.113.7"}).status == 429


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_probes_are_never_refused(entrance: Entrance, path: str) -> None:
    assert at_once(entrance.client(), path, 200).statuses == {200: 200}


def test_a_load_balancers_probe_by_address_is_never_refused(entrance: Entrance) -> None:
    assert at_once(entrance.plain(host=""), "/ready", 200).statuses == {200: 200}


def test_a_refusal_is_a_problem_document_that_says_when_to_come_back(entrance: Entrance) -> None:
    client = entrance.client()
    at_once(client, "/upload", 20)
    refused = client.ask("/upload")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["strict-transport-security"] == "max-age=31536000; preload"
    told = refused.document()
    assert (told["code"], told["status"]) == ("rate_limited", 429)
    assert told["request_id"] == refused.headers["x-request-id"]


def test_addresses_that_the_load_balancer_names_have_buckets_of_their_own(
    behind_proxy_protocol: Entrance, named: Callable[[], str]
) -> None:
    one, two = named(), named()
    assert at_once(behind_proxy_protocol.client(proxied=one), "/api/", 40).statuses[429] > 0
    assert at_once(behind_proxy_protocol.client(proxied=two), "/api/", 20).statuses[429] == 0


def test_one_named_address_is_one_bucket_whatever_connection_it_comes_by(
    behind_proxy_protocol: Entrance, named: Callable[[], str]
) -> None:
    address = named()
    at_once(behind_proxy_protocol.client(proxied=address), "/upload", 20)
    assert behind_proxy_protocol.client(proxied=address).ask("/upload").status == 429


def test_a_forged_header_does_not_help_behind_proxy_protocol(
    behind_proxy_protocol: Entrance, named: Callable[[], str]
) -> None:
    client = behind_proxy_protocol.client(proxied=named())
    at_once(client, "/upload", 20)
    assert client.ask("/upload", headers={"X-Forwarded-For": "203.0.113.7"}).status == 429


def test_rates_are_divided_by_the_replicas_where_a_client_meets_all_of_them(
    behind_proxy_protocol: Entrance, named: Callable[[], str]
) -> None:
    client = behind_proxy_protocol.client(proxied=named())
    at_once(client, "/api/", 50)
    flood = for_seconds(client, "/api/", 2.0)
    assert abs(flood.statuses[200] - 10 / 2 * flood.seconds) <= 1.5


def test_behind_http_the_last_address_that_is_no_load_balancers_counts(
    behind_http: Entrance, named: Callable[[], str]
) -> None:
    client, address = behind_http.plain(), named()
    for forged in range(20):
        told = {"X-Forwarded-For": f"203.0.113.{forged}, {address}, 127.0.0.9", "X-Forwarded-Proto": "https"}
        last = client.ask("/upload", headers=told).status
    assert last == 429
    other = {"X-Forwarded-For": f"{named()}, 127.0.0.9", "X-Forwarded-Proto": "https"}
    assert client.ask("/upload", headers=other).status == 200
