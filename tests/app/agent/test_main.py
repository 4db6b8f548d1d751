"""How the agent listens."""

import socket
from pathlib import Path

import pytest

from app.agent.main import listen
from app.environment import BadEnvironmentError


def test_answers_are_not_held_back() -> None:
    """asyncio sets TCP_NODELAY on sockets that name their protocol; without it each answer waits 40 ms."""
    listener = listen("127.0.0.1", 0)
    with listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_a_taken_port_is_told_with_its_remedy() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadEnvironmentError, match=f"MCP_PORT is {port}, which cannot be listened on"):
            listen("127.0.0.1", port)


def test_ipv6_is_listened_on_where_it_is_asked_for() -> None:
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
