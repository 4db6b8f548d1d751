"""TCP ports on loopback: finding free ones and saying who sits on a taken one."""

import errno
import socket

from ops.controlplane.failure import ControlPlaneError

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> tuple[int, ...]:
    """Return ``count`` different ports that nothing listened on a moment ago."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return tuple(int(each.getsockname()[1]) for each in sockets)
    finally:
        for each in sockets:
            each.close()


def require_free(port: int, purpose: str) -> None:
    """Refuse a port that something listens on already.

    Raises:
        ControlPlaneError: one sentence with the port, what it was wanted for, and the remedy.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            reason = "is taken by another program" if error.errno == errno.EADDRINUSE else "may not be bound"
            raise ControlPlaneError(
                f"Port {port} on {LOOPBACK}, needed by {purpose}, {reason}: "
                f"stop that program (`ss -ltnp 'sport = :{port}'` names it) or choose another port."
            ) from error


def listens(port: int) -> bool:
    """Say whether something accepts connections on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
