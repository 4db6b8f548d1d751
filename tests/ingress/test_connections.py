"""Connections of one client at once, counted by real NGINX."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from tests.ingress.asking import UPGRADE, WS, Client
from tests.ingress.conftest import Entrance

pytestmark = pytest.mark.servers


@pytest.fixture
def held(entrance: Entrance) -> Iterator[Entrance]:
    """Requests to /api/held wait until the test is over."""
    entrance.upstream.hold()
    yield entrance
    entrance.upstream.release()


def begin(entrance: Entrance, client: Client, requests: int, stack: ExitStack) -> None:
    """So many requests of ``client`` reach the engine and wait there."""
    for _ in range(requests):
        connection = stack.enter_context(closing(client.connection()))
        connection.request("GET", "/api/held", headers={"Host": client.host})
    entrance.upstream.await_held(requests)


def test_ten_requests_of_one_client_run_and_the_eleventh_gets_429(held: Entrance) -> None:
    client = held.client()
    with ExitStack() as stack:
        begin(held, client, 10, stack)
        refused = client.ask("/api/held")
        assert refused.status == 429
        assert refused.document()["code"] == "rate_limited"


def test_a_request_that_has_ended_makes_room(held: Entrance) -> None:
    client = held.client()
    with ExitStack() as stack:
        begin(held, client, 10, stack)
        held.upstream.release()
    assert client.ask("/api/").status == 200


def test_another_client_has_ten_of_its_own(held: Entrance) -> None:
    with ExitStack() as stack:
        begin(held, held.client(), 10, stack)
        assert held.client().ask("/api/").status == 200


def test_probes_pass_beside_ten_requests(held: Entrance) -> None:
    client = held.client()
    with ExitStack() as stack:
        begin(held, client, 10, stack)
        assert client.ask("/ready").status == 200


def open_streams(client: Client, streams: int, stack: ExitStack) -> list[int]:
    """Statuses of so many upgrades, all of which stay open."""
    found: list[int] = []
    for _ in range(streams):
        connection = stack.enter_context(closing(client.connection()))
        found.append(client.on(connection, "/ws/v1", headers=UPGRADE).status)
    return found


def test_five_streams_of_one_client_stay_open_and_the_sixth_gets_429(entrance: Entrance) -> None:
    with ExitStack() as stack:
        assert open_streams(entrance.client(WS), 6, stack) == [101] * 5 + [429]


def test_another_client_has_five_of_its_own(entrance: Entrance) -> None:
    with ExitStack() as stack:
        open_streams(entrance.client(WS), 5, stack)
        assert open_streams(entrance.client(WS), 5, stack) == [101] * 5


def test_streams_are_counted_by_the_address_that_the_load_balancer_names(
    behind_proxy_protocol: Entrance, named: Callable[[], str]
) -> None:
    one, two = (behind_proxy_protocol.client(WS, proxied=named()) for _ in range(2))
    with ExitStack() as stack:
        assert open_streams(one, 6, stack) == [101] * 5 + [429]
        assert open_streams(two, 5, stack) == [101] * 5
