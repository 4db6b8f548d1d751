"""HAProxy before the servers: connections go to the one that is master and that a quorum of Sentinels names as such.

Asking the server alone is not enough: a master that was cut off and comes back believes that it is one still.
"""

from typing import Final

from contract.names import Port
from infra.cache.members import GROUP, QUORUM, Member, Members

STOP_SECONDS: Final = 10
"""Connections still open this long after the order to stop are cut."""
_BYE: Final = r"quit\r\n"
"""Has the other side close the connection: a wrong answer is known at once, not after the time-out."""
_SERVER_CHECKS: Final = "inter 1s fastinter 300ms fall 2 rise 3 on-marked-down shutdown-sessions"
"""A server that is back counts 600 ms after its first good answer: by then no Sentinel's older answer counts."""
_SENTINEL_CHECKS: Final = "inter 500ms fall 1 rise 1"
_SETTINGS: Final = f"""\
global
    log stdout format raw local0 notice
    maxconn 4000
    nbthread 2
    hard-stop-after {STOP_SECONDS}s

# A pod that starts again has another address.
resolvers cluster
    parse-resolv-conf
    resolve_retries 2
    timeout resolve 1s
    timeout retry 1s
    hold valid 5s
    hold obsolete 5s
    hold nx 5s

defaults
    mode tcp
    log global
    timeout connect 1s
    timeout check 1s
    # Longer than the servers' own time-out of 300 s: it is they who end an idle connection.
    timeout client 330s
    timeout server 330s
    option clitcpka
    option srvtcpka
    default-server check resolvers cluster init-addr none
"""


def configuration(
    members: Members,
    password: str,
    address: str = "",
    port: int = Port.CACHE,
    metrics_port: int = Port.CACHE_PROXY_METRICS,
) -> str:
    """``haproxy.cfg``. It listens on ``address``, empty for all; it holds the password, so it belongs into a Secret.

    ``metrics_port`` speaks HTTP: ``/health`` (it runs), ``/ready`` (a master is there), ``/metrics`` (Prometheus).
    """
    frontend = [
        "frontend cache",
        f"    bind {address}:{port}",
        *(f"    use_backend server-{number} if {_is_master(number)}" for number in range(len(members))),
        # No backend otherwise: the connection is closed, and the client knows at once that there is no cache.
    ]
    backends = [
        _server(number, member, password) + _named(number, member, members, password)
        for number, member in enumerate(members)
    ]
    sections = (frontend, *backends, _http(address, metrics_port, len(members)))
    return "\n".join((_SETTINGS, *("\n".join(section) + "\n" for section in sections)))


def _server(number: int, member: Member, password: str) -> list[str]:
    """Up while the server says that it is a master."""
    return [
        f"backend server-{number}",
        *_login(password),
        rf"    tcp-check send info\ replication\r\n{_BYE}",
        "    tcp-check expect string role:master",
        f"    server redis-{number} {member.host}:{member.port} {_SERVER_CHECKS}",
        "",
    ]


def _named(number: int, member: Member, members: Members, password: str) -> list[str]:
    """Has as many servers up as there are Sentinels that name ``member`` the master. Nothing is ever sent there."""
    return [
        f"backend named-{number}",
        "    no log",
        *_login(password),
        rf"    tcp-check send sentinel\ get-master-addr-by-name\ {GROUP}\r\n{_BYE}",
        rf"    tcp-check expect string *2\r\n{_bulk(member.host)}{_bulk(str(member.port))}",
        *(
            f"    server sentinel-{each} {other.host}:{other.sentinel_port} {_SENTINEL_CHECKS}"
            for each, other in enumerate(members)
        ),
    ]


def _is_master(number: int) -> str:
    return f"{{ nbsrv(server-{number}) ge 1 }} {{ nbsrv(named-{number}) ge {QUORUM} }}"


def _login(password: str) -> list[str]:
    """The password in hexadecimal: the protocol says how long it is, so that it may have any bytes."""
    word = password.encode()
    login = b"*2\r\n$4\r\nAUTH\r\n$%d\r\n%b\r\n" % (len(word), word)
    return ["    option tcp-check", f"    tcp-check send-binary {login.hex()}", "    tcp-check expect string +OK"]


def _bulk(text: str) -> str:
    return rf"${len(text)}\r\n{text}\r\n"


def _http(address: str, port: int, count: int) -> list[str]:
    return [
        "frontend http",
        "    mode http",
        f"    bind {address}:{port}",
        "    timeout client 10s",
        "    no log",
        "    http-request use-service prometheus-exporter if { path /metrics }",
        "    http-request return status 200 if { path /health }",
        *(f"    http-request return status 200 if {{ path /ready }} {_is_master(number)}" for number in range(count)),
        "    http-request return status 503",
    ]
