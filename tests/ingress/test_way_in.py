"""What gets in, how, and what does not: TLS, hosts, sizes, upgrades, logs. Real NGINX."""

import json
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.api import MAX_BODY_BYTES
from infra.sections.section import Switch
from ops.controlplane.ports import free_ports
from tests.ingress import machine
from tests.ingress.asking import API, UPGRADE, WS, trusting
from tests.ingress.conftest import Entrance, entered
from tests.ingress.given import SCENARIOS, given, prod
from tests.ingress.rendering.render import render

pytestmark = pytest.mark.servers
MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nginx_accepts_the_configuration(tmp_path: Path, scenario: str) -> None:
    own = given(prod(SCENARIOS[scenario]), "127.0.0.1:1", "127.0.0.1:1", replicas=3)
    machine.install(render(own), tmp_path, *free_ports(3))
    assert "test is successful" in machine.check(tmp_path)


def test_nginx_accepts_the_configuration_without_limits(tmp_path: Path) -> None:
    settings = prod({}).model_copy(update={"rate_limiting": Switch.OFF})
    own = given(settings, "127.0.0.1:1", "127.0.0.1:1", replicas=3)
    files = render(own)
    assert not any("limit_" in text for text in files.values())
    machine.install(files, tmp_path, *free_ports(3))
    assert "test is successful" in machine.check(tmp_path)


def of_version(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks this version alone, and would speak any."""
    context = trusting()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


@pytest.fixture(scope="module")
def with_any_cipher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """Ciphers of TLS 1.2 alone would refuse older versions too, and hide whether the versions are named."""
    directory = tmp_path_factory.mktemp("nginx")
    with entered(directory, "connection", replicas=1, entries={"ssl-ciphers": "ALL:@SECLEVEL=0"}) as found:
        yield found


OLD = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])


@OLD
def test_old_tls_is_refused(entrance: Entrance, version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)alert|version"):
        entrance.client(tls=of_version(version)).connection()


@OLD
def test_old_tls_is_refused_whatever_the_ciphers(with_any_cipher: Entrance, version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)alert|version"):
        with_any_cipher.client(tls=of_version(version)).connection()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_new_tls_is_taken(entrance: Entrance, version: ssl.TLSVersion) -> None:
    assert entrance.client(tls=of_version(version)).ask("/ready").status == 200


@pytest.mark.parametrize(("host", "path"), [(API, "/api/v1/workflows?x=1"), (WS, "/ws/v1"), (API, "/ready")])
def test_plain_http_is_sent_to_https(entrance: Entrance, host: str, path: str) -> None:
    sent = entrance.plain(host).ask(path)
    assert (sent.status, sent.headers["location"]) == (301, f"https://{host}:443{path}")


@pytest.mark.parametrize("host", [API, WS])
def test_browsers_are_told_to_keep_to_https_for_a_year(entrance: Entrance, host: str) -> None:
    answer = entrance.client(host).ask("/ws/v1" if host == WS else "/api/")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; preload"


def test_behind_http_plain_requests_of_clients_are_sent_to_https(behind_http: Entrance) -> None:
    client = behind_http.plain()
    sent = client.ask("/api/", headers={"X-Forwarded-Proto": "http"})
    assert (sent.status, sent.headers["location"]) == (301, f"https://{API}/api/")
    answer = client.ask("/api/", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["strict-transport-security"] == "max-age=31536000; preload"


def test_an_unknown_host_gets_no_handshake(entrance: Entrance) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized"):
        entrance.client("elsewhere.example").connection()


@pytest.mark.parametrize("path", ["/", "/api/v1/workflows", "/health", "/metrics", "/ready/more"])
def test_an_unknown_host_gets_nothing_by_plain_http(entrance: Entrance, path: str) -> None:
    assert entrance.plain("elsewhere.example").ask(path).status == 404


def test_a_load_balancer_that_knows_the_address_alone_is_told_whether_the_engine_is_ready(entrance: Entrance) -> None:
    answer = entrance.plain(host="").ask("/ready")
    assert (answer.status, answer.document()["path"]) == (200, "/ready")


@pytest.mark.parametrize(
    "path", ["/metrics", "//metrics", "/./metrics", "/%6detrics", "/metrics?x=1", "/api/../metrics"]
)
def test_metrics_are_not_to_be_had_from_outside(entrance: Entrance, path: str) -> None:
    assert entrance.client().ask(path).status == 404


def test_an_upload_of_50_megabytes_arrives_and_one_of_51_gets_413(entrance: Entrance) -> None:
    client = entrance.client()
    taken = client.ask("/upload", "POST", bytes(50 * MEBIBYTE))
    assert (taken.status, taken.document()["bytes"]) == (200, 50 * MEBIBYTE)
    refused = client.ask("/upload", "POST", b"", headers={"Content-Length": str(51 * MEBIBYTE)})
    assert (refused.status, refused.document()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/api/v1/workflows", "/anything"])
def test_any_other_request_has_the_engines_own_limit(entrance: Entrance, path: str) -> None:
    client = entrance.client()
    assert client.ask(path, "POST", bytes(MAX_BODY_BYTES)).status == 200
    refused = client.ask(path, "POST", b"", headers={"Content-Length": str(MAX_BODY_BYTES + 1)})
    assert (refused.status, refused.document()["code"]) == (413, "body_too_large")


def test_a_stream_is_upgraded_and_carries_both_ways(entrance: Entrance) -> None:
    client = entrance.client(WS)
    connection = client.connection()
    raw = connection.sock
    assert client.on(connection, "/ws/v1", headers=UPGRADE).status == 101
    raw.sendall(b"as it is")
    assert raw.recv(64) == b"as it is"
    raw.close()
    connection.close()


def test_the_api_upgrades_nothing(entrance: Entrance) -> None:
    assert entrance.client().ask("/api/", headers=UPGRADE).status == 200


def test_the_engine_is_told_the_clients_address(entrance: Entrance) -> None:
    client = entrance.client()
    headers = client.ask("/api/", headers={"X-Real-IP": "203.0.113.7"}).document()["headers"]
    assert headers["x-real-ip"] == client.address
    assert headers["x-forwarded-for"].split(", ")[-1] == client.address
    assert (headers["host"], headers["x-forwarded-proto"]) == (API, "https")


def test_a_log_line_is_json_without_the_query(entrance: Entrance) -> None:
    client = entrance.client(WS)
    client.ask("/ws/v1?ticket=abcdef-secret")
    told = json.loads(entrance.nginx.line_with(f'"client":"{client.address}"'))
    assert (told["client"], told["path"], told["status"], told["host"]) == (client.address, "/ws/v1", 200, WS)
    assert "abcdef" not in entrance.nginx.log()
