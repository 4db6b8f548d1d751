"""Whether somebody listens on a port is found out by asking."""

import socket

from ops.controlplane.ports import LOOPBACK, free_ports, listens


def test_a_port_listens_from_when_it_is_opened_until_it_is_closed() -> None:
    (port,) = free_ports(1)
    assert not listens(port)
    with socket.create_server((LOOPBACK, port)):
        assert listens(port)
    assert not listens(port)


def test_a_port_that_is_only_bound_does_not_listen() -> None:
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        assert not listens(bound.getsockname()[1])
