"""The client of the API server: questions outlive a broken connection, changes are never made twice."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from ops.controlplane.api import ATTEMPTS, Api
from ops.controlplane.kubeconfig import Access

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@contextmanager
def server_that_hangs_up(times: int) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads a request and closes the connection, ``times`` times, and answers after that."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                requests.append(connection.recv(65536))
                if len(requests) > times:
                    connection.sendall(ANSWER)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def test_a_question_is_asked_again_when_its_connection_breaks() -> None:
    with server_that_hangs_up(ATTEMPTS - 1) as (server, requests):
        api = Api(Access(server))
        assert api.request("GET", "/api") == {}
        api.close()
    assert len(requests) == ATTEMPTS


def test_a_question_is_not_asked_for_ever() -> None:
    with server_that_hangs_up(ATTEMPTS) as (server, requests):
        api = Api(Access(server))
        with pytest.raises(httpx.TransportError):
            api.request("GET", "/api")
        api.close()
    assert len(requests) == ATTEMPTS


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_change_whose_answer_is_lost_is_not_made_twice(method: str) -> None:
    with server_that_hangs_up(1) as (server, requests):
        api = Api(Access(server))
        with pytest.raises(httpx.TransportError):
            api.request(method, "/api", {})
        api.close()
    assert len(requests) == 1
